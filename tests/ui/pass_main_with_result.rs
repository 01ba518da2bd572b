//! `?` and a `Result` work in `main`.

use std::num::ParseIntError;

#[anyrt::main]
async fn main() -> Result<(), ParseIntError> {
    let count: u8 = std::future::ready("4").await.parse()?;
    assert_eq!(count, 4);
    Ok(())
}
