// What a macro captured arrives in a group without delimiters.
macro_rules! entry {
    ($attribute:meta; $visibility:vis $name:ident -> $output:ty $body:block) => {
        #[$attribute]
        $visibility async fn $name() -> $output $body
    };
}

macro_rules! on_threads {
    ($number:literal, $backend:literal, $name:ident $body:block) => {
        #[anyrt::main(worker_threads = $number, backend = $backend)]
        async fn $name() $body
    };
}

macro_rules! nested {
    ($name:ident $body:block) => {
        on_threads!(1, "tokio", $name $body);
    };
}

macro_rules! whole {
    ($function:item) => {
        #[anyrt::main(current_thread)]
        #[inline]
        $function
    };
}

macro_rules! by_path {
    ($facade:path, $name:ident) => {
        #[anyrt::main(crate = $facade)]
        async fn $name() {}
    };
}

whole! {
    /// Any function.
    pub(crate) async fn any() -> Result<(), Vec<u8>> {
        anyrt::spawn(async {}).await.map_err(|_| Vec::new())
    }
}
by_path!(::anyrt, with_path);
entry!(anyrt::main; pub(crate) answer -> u8 { anyrt::spawn(async { 42 }).await.unwrap() });
on_threads!(2, "tokio", two { anyrt::spawn(async {}).await.unwrap() });
nested!(one { anyrt::spawn(async {}).await.unwrap() });

fn main() {
    assert_eq!(answer(), 42);
    two();
    one();
    any().unwrap();
    with_path();
}
