struct Service;

impl Service {
    #[anyrt::main]
    async fn run(&self, _count: usize) {}
}

fn main() {
    let _ = Service.run(1);
}
