//! What can go wrong with a request, and the one place where a status code is chosen.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use lyceum_contract::seal::OpenError;

use crate::ports::{NotSent, Unavailable};

/// Why a request was not answered as asked. The response is written by the app, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppError {
    /// Nothing is here, or nothing that this person may know of.
    NotFound,
    /// The address exists, but not for this method.
    MethodNotAllowed,
    /// A form that did not come from our own page.
    CrossSite,
    /// Only for signed-in members, said to a program.
    SignIn,
    /// Signed in, but without the right.
    Forbidden,
    /// Signed in, but without the role.
    NotStaff,
    /// Signed in and staff, but without the passkey that the role needs.
    NeedsPasskey,
    /// Signed in, but the proof of who they are is too old for this.
    Confirm,
    /// The author looks at the site as somebody else, and tried to change something.
    Preview,
    /// The request is not what this address takes; the text says what was expected.
    Invalid(&'static str),
    /// A message that the processor did not send, or not now; the text says what is wrong with it.
    Forged(&'static str),
    /// More bytes than this address takes.
    TooLarge,
    /// A part of the world does not answer.
    Unavailable(Unavailable),
    /// A sealed page does not open.
    Sealed(OpenError),
}

impl AppError {
    /// The status code.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::CrossSite
            | Self::Forbidden
            | Self::NotStaff
            | Self::NeedsPasskey
            | Self::Confirm
            | Self::Preview => StatusCode::FORBIDDEN,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Invalid(_) | Self::Forged(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable(_) | Self::Sealed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Keys of the title and the text that people read.
    pub(crate) fn texts(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound | Self::MethodNotAllowed => ("app_not_found_title", "app_not_found"),
            Self::CrossSite | Self::Invalid(_) | Self::Forged(_) => ("app_forbidden_title", "app_forbidden"),
            Self::SignIn => ("app_sign_in_title", "app_sign_in_lede"),
            Self::Forbidden => ("app_forbidden_title", "app_discuss_gated"),
            Self::NotStaff => ("app_forbidden_title", "app_staff_only"),
            Self::NeedsPasskey => ("app_passkeys", "app_passkey_needed"),
            Self::Confirm => ("app_confirm_title", "app_confirm_lede"),
            Self::Preview => ("app_forbidden_title", "app_preview_notice"),
            Self::TooLarge => ("app_forbidden_title", "app_too_large"),
            Self::Unavailable(_) | Self::Sealed(_) => ("app_unavailable_title", "app_unavailable"),
        }
    }

    /// What programs read, for `problem+json`.
    pub(crate) fn detail(&self) -> &'static str {
        match self {
            Self::NotFound => "nothing is at this address",
            Self::MethodNotAllowed => "this address does not take that method",
            Self::CrossSite => "the request came from another site, or does not say from where",
            Self::SignIn => "sign in first",
            Self::Forbidden => "you have no right to this",
            Self::NotStaff => "this is for staff",
            Self::NeedsPasskey => "this role counts after a sign-in with a passkey only: /account/devices/",
            Self::Confirm => "prove again who you are, at /sign-in/confirm/",
            Self::Preview => "this is a preview, in which nothing is recorded",
            Self::Invalid(expected) | Self::Forged(expected) => expected,
            Self::TooLarge => "too many bytes",
            Self::Unavailable(_) => "a service we depend on does not answer; try again",
            Self::Sealed(_) => "the page cannot be opened by this server",
        }
    }

    /// What the operator should know; nothing when it is the request's own fault.
    pub fn log_line(&self) -> Option<String> {
        match self {
            Self::Unavailable(unavailable) => Some(unavailable.to_string()),
            Self::Sealed(error) => Some(error.to_string()),
            Self::Forged(reason) => Some(format!("a message of the processor was refused: {reason}")),
            _ => None,
        }
    }
}

impl From<Unavailable> for AppError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<NotSent> for AppError {
    /// Somebody waits for this mail, so it does not matter why it does not come.
    fn from(not_sent: NotSent) -> Self {
        Self::Unavailable(match not_sent {
            NotSent::Unavailable(unavailable) => unavailable,
            other => Unavailable::new("mailer", other),
        })
    }
}

impl IntoResponse for AppError {
    /// An empty response that carries the error; `App::respond` writes the page or the problem.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
