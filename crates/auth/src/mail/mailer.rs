//! How mail leaves: through the operator's mail server, or in development to the log.

use super::Mail;
use crate::config::{MailConfig, SmtpConfig};
use jobs::Failure;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        Error as SmtpError, PoolConfig,
        client::{Certificate, Tls, TlsParameters},
    },
};
use std::time::Duration;

/// For connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// For all that is said about one mail. The library bounds no answer by itself, and other mail waits behind this one.
const TOTAL: Duration = Duration::from_secs(20);
/// Connections that are kept open.
const CONNECTIONS: u32 = 4;

/// Sends mail.
pub enum Mailer {
    Smtp { transport: AsyncSmtpTransport<Tokio1Executor>, from: Mailbox },
    Log,
    Off,
}

/// The mail server cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    #[error("SMTP_URL is not the address of a mail server")]
    Url(#[source] SmtpError),
    #[error("SMTP_CA_PATH cannot be read")]
    CaFile(#[from] std::io::Error),
    #[error("SMTP_CA_PATH is not a certificate")]
    Ca(#[source] SmtpError),
}

/// Why a mail did not leave. The server's words may repeat the address, so only its code is kept.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail server cannot be reached")]
    Unreachable,
    #[error("the mail server said {0}, for now")]
    Later(u16),
    #[error("the mail server said {0}")]
    Refused(u16),
    #[error("the address cannot be written to")]
    Address,
    #[error("no mail server is configured")]
    Off,
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Unreachable | MailError::Later(_) => Self::Again { error: error.to_string(), after: None },
            MailError::Refused(_) | MailError::Address | MailError::Off => Self::Final { error: error.to_string() },
        }
    }
}

impl From<&SmtpError> for MailError {
    fn from(error: &SmtpError) -> Self {
        match error.status().map(u16::from) {
            // RFC 4954, 6: our own credentials are at fault, and the operator can mend them while the mail waits.
            Some(code @ (454 | 530 | 534 | 535 | 538)) => Self::Later(code),
            Some(code) if error.is_permanent() => Self::Refused(code),
            Some(code) => Self::Later(code),
            None => Self::Unreachable,
        }
    }
}

impl Mailer {
    pub fn new(config: &MailConfig) -> Result<Self, MailSetupError> {
        match config {
            MailConfig::Smtp(smtp) => Ok(Self::Smtp { transport: transport(smtp)?, from: smtp.from.clone() }),
            MailConfig::Log => Ok(Self::Log),
            MailConfig::Off => Ok(Self::Off),
        }
    }

    /// Whether what needs mail is offered.
    pub const fn is_on(&self) -> bool {
        matches!(self, Self::Smtp { .. } | Self::Log)
    }

    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        match self {
            Self::Off => Err(MailError::Off),
            Self::Log => {
                tracing::info!(subject = mail.subject, text = mail.text, "a mail that no SMTP_URL takes away");
                Ok(())
            }
            Self::Smtp { transport, from } => {
                let to: Mailbox = mail.to.parse().map_err(|_| MailError::Address)?;
                let message = Message::builder()
                    .from(from.clone())
                    .to(to)
                    .subject(mail.subject)
                    .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
                    .map_err(|_| MailError::Address)?;
                match tokio::time::timeout(TOTAL, transport.send(message)).await {
                    Ok(sent) => sent.map(|_| ()).map_err(|error| MailError::from(&error)),
                    Err(_) => Err(MailError::Unreachable),
                }
            }
        }
    }
}

fn transport(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailSetupError> {
    let url = config.url.expose();
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailSetupError::Url)?;
    if let Some(path) = &config.ca_path {
        let ca = Certificate::from_pem(&std::fs::read(path)?).map_err(MailSetupError::Ca)?;
        let parameters = TlsParameters::builder(config.host.clone())
            .add_root_certificate(ca)
            .build_rustls()
            .map_err(MailSetupError::Ca)?;
        let wrapped = url.starts_with("smtps:");
        builder = builder.tls(if wrapped { Tls::Wrapper(parameters) } else { Tls::Required(parameters) });
    }
    Ok(builder.timeout(Some(CONNECT)).pool_config(PoolConfig::new().max_size(CONNECTIONS)).build())
}
