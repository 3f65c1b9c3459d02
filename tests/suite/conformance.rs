//! What the modules of the OpenID Foundation's conformance suite demand, as tests of
//! ours over HTTP: a case is named like its module.

mod jose;
mod logout;
