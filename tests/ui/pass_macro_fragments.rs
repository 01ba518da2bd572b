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

entry!(anyrt::main; pub(crate) answer -> u8 { anyrt::spawn(async { 42 }).await.unwrap() });
on_threads!(2, "tokio", two { anyrt::spawn(async {}).await.unwrap() });
nested!(one { anyrt::spawn(async {}).await.unwrap() });

fn main() {
    assert_eq!(answer(), 42);
    two();
    one();
}
