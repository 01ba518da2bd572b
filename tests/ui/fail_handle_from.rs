fn main() {
    let _ = anyrt::Handle::from("tokio");
}
