//! Backends that this crate does not know, under its API: feature `dyn`.

use anyrt_core::{Backend, BlockOn, Current, erased};

use crate::Handle;
use crate::backends::Handles;

impl Handle {
    /// The handle of any backend, for the types and free functions of this crate.
    ///
    /// `name` is what [`backend`](Self::backend) and [`selection`](crate::selection) call it. In
    /// tasks that it spawns, the free functions use that backend; [`set_default`](crate::set_default)
    /// makes it the runtime of calls from anywhere else.
    ///
    /// Everything goes through virtual calls; [`erased`] says what is allocated.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # fn main() -> std::io::Result<()> {
    /// use anyrt::{Handle, Launch};
    ///
    /// // Any implementation of the contract; here the one on tokio.
    /// let runtime = anyrt::adapters::tokio::Runtime::start(&Default::default())?;
    /// let handle = Handle::custom("mine", runtime.handle().clone());
    /// let inside = handle.spawn(async { Handle::current().backend() });
    /// assert_eq!(handle.block_on(inside)?, "mine");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn custom<H: Backend + BlockOn + Current>(name: &'static str, handle: H) -> Self {
        Handles::notice_others();
        Handles::Custom(erased::Handle::new(name, handle)).into()
    }
}
