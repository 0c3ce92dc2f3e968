//! What the integration tests share: an academy on one desk, and browsers that visit it.

pub mod academy;
pub mod blocks;
pub mod book;
pub mod browser;
pub mod content;
pub mod passkey;
pub mod scratch;
pub mod server;

pub use academy::{Academy, Place, Port};
pub use browser::{Browser, Door, Form, Page, Remote};
pub use content::{Content, Files};
pub use scratch::Scratch;
pub use server::Server;
