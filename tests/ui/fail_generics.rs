#[anyrt::main]
async fn main<T: Default>() -> T {
    T::default()
}

#[anyrt::main]
async fn with_clause()
where
    String: Clone,
{
}
