//! What Lyceum promises, tried on the whole.

mod adversarial_comments;
mod caches;
mod check;
mod codes;
mod conformance;
mod crash;
mod diagnostics;
mod events;
mod following;
mod gate;
mod hostile;
mod import;
mod incremental;
mod journey;
mod lives;
mod money;
mod outages;
mod paywall;
mod policies;
mod preview;
mod requests;
mod search;
mod seo;
mod sign_in;
mod site;
mod variants;
