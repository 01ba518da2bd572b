//! The facade is found under other names, and none of the names around the function disturb it.

use ::anyrt as renamed;

mod framework {
    pub mod reexported {
        pub use anyrt;
    }

    /// What a library writes whose users do not depend on anyrt themselves.
    #[macro_export]
    macro_rules! service {
        ($name:ident, $facade:path, $count:literal) => {
            #[renamed::main(crate = $facade, worker_threads = $count, backend = "tokio")]
            async fn $name() {}

            mod from_the_macros_crate {
                #[anyrt::main(crate = $crate::framework::reexported::anyrt)]
                pub async fn $name() {}
            }
        };
    }
}

service!(service, crate::framework::reexported::anyrt, 2);

#[renamed::main(crate = renamed)]
async fn main() {
    std::thread::spawn(|| {
        inside::quoted();
        service();
        from_the_macros_crate::service();
    })
    .join()
    .unwrap();
}

mod inside {
    #[allow(dead_code)]
    mod anyrt {}
    #[allow(dead_code)]
    struct Builder;

    #[renamed::main(crate = "super::renamed")]
    pub async fn quoted() {}

    #[::anyrt::main]
    #[allow(dead_code)]
    async fn absolute() {}

    use super::renamed;
}
