trait Service {
    #[anyrt::main]
    async fn run();
}

fn main() {}
