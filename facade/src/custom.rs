//! Backends that this crate does not know, under its API: feature `dyn`.

use anyrt_core::net::Network;
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
    /// Everything goes through virtual calls; [`erased`] says what is allocated. How to write a backend is in
    /// the [guide](anyrt_core::guide) of `anyrt-core`.
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
        Self::new(Handles::Custom(erased::Handle::new(name, handle)))
    }

    /// The same runtime, with sockets and addresses from `network`.
    ///
    /// What is spawned with the handle, and what runs in its `block_on`, finds that network too: the
    /// types of [`net`](crate::net) do not tell. It goes by the name of the runtime, and everything goes
    /// through virtual calls, as with [`custom`](Self::custom).
    ///
    /// ```
    /// # #[cfg(feature = "native")]
    /// # fn main() -> std::io::Result<()> {
    /// use std::{io, net::SocketAddr};
    /// use anyrt::{SpawnBlocking, net::Network};
    ///
    /// /// Knows one name.
    /// #[derive(Debug)]
    /// struct Table;
    ///
    /// impl Network for Table {
    ///     async fn resolve<R: SpawnBlocking>(
    ///         &self,
    ///         _: &R,
    ///         host: String,
    ///         port: u16,
    ///     ) -> io::Result<Vec<SocketAddr>> {
    ///         match host.as_str() {
    ///             "db" => Ok(vec![([10, 0, 0, 7], port).into()]),
    ///             _ => Err(io::ErrorKind::NotFound.into()),
    ///         }
    ///     }
    /// }
    ///
    /// let runtime = anyrt::Builder::new().build()?;
    /// let handle = runtime.handle().with_network(Table);
    /// let addresses = handle.block_on(anyrt::net::lookup_host("db:5432"))?;
    /// assert_eq!(addresses, [([10, 0, 0, 7], 5432).into()]);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "native"))]
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn with_network<N: Network>(&self, network: N) -> Self {
        Handles::notice_others();
        // That beneath the facade, so that nothing goes through the facade twice.
        let any = dispatch!(Handles(handle) = &self.handles =>
            erased::Handle::new(self.backend(), Clone::clone(handle)));
        Self::new(Handles::Custom(any.with_network(network)))
    }
}
