//! The requirements of the OpenID Foundation's conformance suite, module by module: the
//! tests have the modules' names. The suite itself is run outside this project; these tests
//! keep its findings fixed.

mod basic;
mod config;
mod dynamic;
mod form_post;
mod hybrid;
mod implicit;
mod jose;
mod logout;
mod modules;
mod run;

/// The tests of one plan: each module, for every response type of the plan, in a new
/// browser.
macro_rules! plan {
    ($response_types:expr, $mode:expr; $($module:path => $name:ident,)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                let stage = $crate::conformance::run::Stage::new().await;
                for response_type in $response_types {
                    let run = stage.run(response_type, $mode).await;
                    eprintln!("{} for {response_type}", stringify!($name));
                    $module(run).await;
                }
            }
        )+
    };
}
use plan;
