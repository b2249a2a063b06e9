//! Signing people in with a vendor: the records, and the little code that differs. Whether the vendor can also be
//! connected is another question; some of these vendors only sign in.

mod call;
mod configured;
mod profile;
mod record;
mod registry;

pub use call::SignInCall;
pub(crate) use call::success;
pub use configured::{ConfiguredSignIn, configured};
pub use oauth::Pkce;
pub use profile::Profile;
pub(crate) use profile::{account_id, email, first, image, text};
pub(crate) use record::base_or;
pub use record::{IdTokenRules, SignIn, SignInEndpoints, SignInKeys, SignInScopes, SignInVendor};
pub use registry::{ALL, known};
