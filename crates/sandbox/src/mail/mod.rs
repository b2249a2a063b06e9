//! The mail that would have gone out: taken by SMTP on loopback, kept in memory, shown to people and to tests. Nothing is
//! passed on to anybody.

mod faults;
mod mailbox;
mod message;
mod page;
mod smtp;

pub(crate) use faults::{Fault, Faults};
pub(crate) use mailbox::Mailbox;
pub(crate) use message::Mail;
pub(crate) use page::routes;
pub(crate) use smtp::serve;
