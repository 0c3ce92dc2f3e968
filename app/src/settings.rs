//! What members set for themselves, and the way to the processor's page for cards, invoices and cancelling.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response};
use lyceum_contract::manifest::Language;
use lyceum_contract::paths;
use maud::{Markup, html};
use serde::Deserialize;

use crate::error::AppError;
use crate::forms::Form;
use crate::ledger::{Account, ChooseLanguage, Commands, Member, ReadAccount, SetTopic, Topic};
use crate::mail::unsubscribe::topic_name;
use crate::page::{Frame, redirect};
use crate::ports::{Payments, Platform};
use crate::request::{Locale, Shared};

/// The language of mails, and which optional ones are wanted. A box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    #[serde(default)]
    language: String,
    #[serde(default)]
    pass_ending: String,
    #[serde(default)]
    access_ended: String,
    #[serde(default)]
    assignments: String,
}

impl Settings {
    fn wants(&self, topic: Topic) -> bool {
        match topic {
            Topic::PassEnding => !self.pass_ending.is_empty(),
            Topic::AccessEnded => !self.access_ended.is_empty(),
            Topic::Assignments => !self.assignments.is_empty(),
        }
    }
}

/// The form for it.
pub(crate) fn form(frame: &Frame, member: &Member) -> Markup {
    let chosen = member.language.as_ref().unwrap_or(&frame.site.default_language);
    html! {
        form class="form" method="post" action=(frame.link(paths::ACCOUNT_SETTINGS)) {
            label for="language" { (frame.text("app_settings_language")) }
            select id="language" name="language" {
                @for language in &frame.site.manifest.languages {
                    option value=(language) selected[language == chosen] { (frame.language_name(language)) }
                }
            }
            fieldset class="stack" {
                legend { (frame.text("app_settings_mails")) }
                p class="hint" { (frame.text("app_settings_mails_hint")) }
                @for topic in Topic::ALL {
                    p {
                        label {
                            input type="checkbox" name=(topic.name()) value="1"
                                checked[member.mail_settings.wants(topic)];
                            " " (topic_name(frame, topic))
                        }
                    }
                }
            }
            button type="submit" class="button quiet" { (frame.text("app_settings_save")) }
        }
    }
}

/// Takes the settings.
pub(crate) async fn change<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
    Form(settings): Form<Settings>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let member = visitor.session.ok_or(AppError::SignIn)?.member;
    let ledger = context.platform.ledger();
    let language: Option<Language> = settings.language.parse().ok();
    if let Some(language) = language.filter(|language| frame.site.manifest.languages.contains(language)) {
        ledger.choose_language(ChooseLanguage { member: member.clone(), language }).await?;
    }
    for topic in Topic::ALL {
        let is_wanted = settings.wants(topic);
        ledger.set_topic(SetTopic { member: member.clone(), topic, is_wanted }).await?;
    }
    Ok(redirect(&frame.link(paths::ACCOUNT), visitor.set_cookies))
}

/// What the processor calls this member, if it knows them.
fn customer(account: &Account) -> Option<&str> {
    account.orders.iter().find_map(|order| order.settlement.names.customer.as_deref())
}

/// The button that leads to the processor's page; nothing for those whom it does not know.
pub(crate) fn billing_form(frame: &Frame, account: &Account) -> Markup {
    html! {
        @if customer(account).is_some() {
            form class="stack" method="post" action=(frame.link(paths::ACCOUNT_BILLING)) {
                p class="hint" { (frame.text("app_billing_hint")) }
                button type="submit" class="button quiet" { (frame.text("app_billing_open")) }
            }
        }
    }
}

/// Leads to the processor's page for this member.
pub(crate) async fn billing<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let member = visitor.session.ok_or(AppError::SignIn)?.member;
    let command = ReadAccount { member, now: context.now() };
    let account = context.platform.ledger().read_account(command).await?.ok_or(AppError::NotFound)?;
    let customer = customer(&account).ok_or(AppError::NotFound)?;
    let back = frame.absolute(context.config.origin.as_deref(), paths::ACCOUNT);
    let page = context.platform.payments().manage(customer, &back).await?;
    Ok(redirect(&page, visitor.set_cookies))
}
