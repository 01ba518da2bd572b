fn serve(_runtime: &impl anyrt::Backend) {}

fn main() {
    let tokio = tokio::runtime::Handle::current();
    serve(&tokio);
}
