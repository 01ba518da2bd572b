#[anyrt::main]
struct Main;

#[anyrt::test]
pub(crate) const TEST: fn() = main;

fn main() {
    let _ = Main;
}
