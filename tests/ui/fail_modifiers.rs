#[anyrt::main]
async unsafe fn not_safe() {}

#[anyrt::main]
async extern "C" fn foreign() {}

#[anyrt::main]
const fn constant() {}

fn main() {}
