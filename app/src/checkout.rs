//! Buying: the order page, the way to the processor, and the way back.
//!
//! The browser sends a price id and nothing else about money. What it costs comes from the manifest at that
//! moment, whether it was paid from the processor.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::header::CONTENT_SECURITY_POLICY as POLICY_HEADER;
use http::{HeaderMap, HeaderValue, Response};
use lyceum_contract::event::{Record, What};
use lyceum_contract::headers::CONTENT_SECURITY_POLICY;
use lyceum_contract::id::OrderId;
use lyceum_contract::manifest::Product;
use lyceum_contract::money::Term;
use lyceum_contract::{OfferCode, Price, Timestamp, display, paths};
use maud::{Markup, html};
use serde::Deserialize;

use crate::address::{is_same_site, query_value};
use crate::error::AppError;
use crate::forms::{Form, Query};
use crate::fulfil::Looked;
use crate::goods;
use crate::ledger::{Commands, NameReference, OpenOrder, OpenedOrder, Order, Purpose, ReadAccount};
use crate::money::{Settlement, Standing, standing};
use crate::offers::{NotPlaced, Typed};
use crate::order_for::{self, others, thanks};
use crate::order_for_form::Sale;
use crate::order_page::{held, order_form, term_text, unknown_fragment};
use crate::page::{Fragment, Frame, redirect};
use crate::ports::{PaymentRequest, Payments, Platform};
use crate::request::{Context, Locale, Shared};
use crate::session::{Session, Visitor, token_hash};

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    price: String,
    /// How many seats, for the price of a seat.
    #[serde(default)]
    pub(crate) seats: String,
    /// Not empty when somebody else is to get it.
    #[serde(default)]
    pub(crate) gift: String,
    /// Who, if a letter is to tell them.
    #[serde(default)]
    pub(crate) email: String,
    /// And what it says.
    #[serde(default)]
    pub(crate) message: String,
    /// A code that lowers the price.
    #[serde(default)]
    pub(crate) code: String,
    /// When the hour begins that is booked, in seconds since 1970.
    #[serde(default)]
    pub(crate) slot: String,
    /// What is asked.
    #[serde(default)]
    pub(crate) question: String,
}

impl Wanted {
    pub(crate) fn code(&self) -> &str {
        &self.code
    }
}

/// The lesson that made somebody buy, so that they come back to it.
#[derive(Debug, Deserialize)]
pub(crate) struct WayBack {
    #[serde(default)]
    pub(crate) from: String,
}

impl WayBack {
    /// The way back as one more value of a query; empty when it does not lead into this site.
    pub(crate) fn query(&self) -> String {
        if is_same_site(&self.from) { format!("&from={}", query_value(&self.from)) } else { String::new() }
    }
}

/// The order before it is placed: what, for how much, for how long.
pub(crate) async fn order_page<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(wanted): Query<Wanted>,
    Query(way_back): Query<WayBack>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let Some((product, price)) = frame.site.manifest.price(&wanted.price) else {
        return Ok(frame.page(&context.visitor_by_cookie(&headers), &unknown_fragment(&frame)));
    };
    let visitor = context.visitor_now(&headers).await?;
    let Some(session) = &visitor.session else {
        let gift = if wanted.gift.is_empty() { "" } else { "&gift=1" };
        let code = match wanted.code.trim() {
            "" => String::new(),
            code => format!("&code={}", query_value(code)),
        };
        let slot = match wanted.slot.trim() {
            "" => String::new(),
            slot => format!("&slot={}", query_value(slot)),
        };
        let query = format!("?price={}{gift}{code}{slot}{}", price.id, way_back.query());
        let back = frame.link(&format!("{}{query}", paths::CHECKOUT));
        return Ok(redirect(&frame.sign_in_link(&back), visitor.set_cookies));
    };
    if let Some(goods) = goods::of(product) {
        let (frame, wanted, way_back) = (&frame, &wanted, &way_back);
        let selling = goods::Selling { frame, product, price, goods, wanted, way_back };
        return context.goods_page(selling, &visitor).await;
    }
    if let Some(others) = others(&wanted, price) {
        let price = &context.with_trial(session, product, price).await?;
        let sale = Sale { frame: &frame, product, price, way_back: &way_back };
        let typed = context.weigh_for(&sale, session, &wanted, others).await?;
        let main = sale.form(session, &wanted, others, &typed);
        return Ok(order_response(&context, &frame, &visitor, main));
    }
    let main = match context.price_for(session, product, price).await? {
        None => held(&frame, product, price),
        Some(price) => {
            let typed = context.weigh_code(&frame, session, (&price, 1), &wanted.code).await?;
            order_form(&frame, product, &typed.price(&price), &way_back, &typed)
        }
    };
    Ok(order_response(&context, &frame, &visitor, main))
}

/// A page with a form that leads to the processor.
pub(crate) fn order_response<P: Platform>(
    context: &Context<P>,
    frame: &Frame,
    visitor: &Visitor,
    main: Markup,
) -> Response<Body> {
    let title = frame.text("app_checkout_title").to_owned();
    let mut response = frame.page(visitor, &Fragment { title, main });
    let policy = policy_with_form_targets(&context.config.payment_origins);
    response.headers_mut().extend(policy.map(|policy| (POLICY_HEADER, policy)));
    response
}

/// Browsers apply `form-action` to the redirect that follows a form, so the processor must be named.
pub(crate) fn policy_with_form_targets(origins: &[String]) -> Option<HeaderValue> {
    let targets = format!("form-action 'self' {}", origins.join(" "));
    HeaderValue::from_str(&CONTENT_SECURITY_POLICY.replace("form-action 'self'", targets.trim_end())).ok()
}

/// Places the order and leads to the processor's payment page.
pub(crate) async fn place<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(way_back): Query<WayBack>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let visitor = context.visitor_now(&headers).await?;
    let session = visitor.session.as_ref().ok_or(AppError::SignIn)?;
    let Some((product, price)) = frame.site.manifest.price(&wanted.price) else {
        return Ok(frame.page(&visitor, &unknown_fragment(&frame)));
    };
    if let Some(goods) = goods::of(product) {
        let (frame, wanted, way_back) = (&frame, &wanted, &way_back);
        let selling = goods::Selling { frame, product, price, goods, wanted, way_back };
        return context.place_goods(selling, &visitor).await;
    }
    if let Some(others) = others(&wanted, price) {
        let price = &context.with_trial(session, product, price).await?;
        let sale = Sale { frame: &frame, product, price, way_back: &way_back };
        return context.place_for(&sale, &visitor, &wanted, others).await;
    }
    let Some(price) = context.price_for(session, product, price).await? else {
        return Ok(redirect(&frame.link(paths::ACCOUNT), visitor.set_cookies));
    };
    let typed = context.weigh_code(&frame, session, (&price, 1), &wanted.code).await?;
    // Nobody pays more than the page said because of a code that ended since.
    let again = |typed: &Typed| order_form(&frame, product, &typed.price(&price), &way_back, typed);
    if typed.is_refused() {
        return Ok(order_response(&context, &frame, &visitor, again(&typed)));
    }
    let order = Order {
        id: OrderId::from_bytes(context.random()?),
        member: session.member.clone(),
        scope: product.scope.clone(),
        price: typed.price(&price),
        quantity: 1,
        purpose: Purpose::Own,
        discount_minor: typed.reduced().map_or(0, |reduced| reduced.discount_minor),
        reference: None,
        created_at: context.now(),
        settlement: Settlement::default(),
        revision: 0,
    };
    let redemption = typed.reduced().map(|reduced| &reduced.redemption);
    match context.place_order(&order, redemption).await? {
        None => {}
        Some(NotPlaced::Code(refusal)) => {
            return Ok(order_response(&context, &frame, &visitor, again(&typed.refused(refusal))));
        }
        Some(NotPlaced::Trial(trial)) => {
            return Ok(order_response(&context, &frame, &visitor, trial.page(&frame, &order.price)));
        }
    }
    let buying = Session { is_buying: true, ..session.clone() };
    if order.is_free() {
        context.record(&session.pseudonym, What::Recorded(Record::Checkout { price: order.price.id })).await;
        let back = format!("{}?order={}{}", paths::CHECKOUT_RETURN, order.id, way_back.query());
        return Ok(redirect(&frame.link(&back), buying.cookies(&context.config)));
    }
    let offer = redemption.map(|redemption| redemption.code.clone());
    let url = context.start_payment(&frame, product, (order, offer), (&session.pseudonym, &way_back)).await?;
    Ok(redirect(&url, buying.cookies(&context.config)))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Returned {
    #[serde(default)]
    order: String,
}

/// Where the processor sends the buyer. Asks the processor; coming here by hand grants nothing.
pub(crate) async fn come_back<P: Platform>(
    State(context): Shared<P>,
    Extension(locale): Extension<Locale>,
    Query(returned): Query<Returned>,
    Query(way_back): Query<WayBack>,
    headers: HeaderMap,
) -> Result<Response<Body>, AppError> {
    let frame = context.frame(&locale).await?;
    let id: OrderId = returned.order.parse().map_err(|_| AppError::NotFound)?;
    let Some((token, opened)) = context.open_order(&id, &headers).await? else {
        let back = frame.link(&format!("{}?order={id}{}", paths::CHECKOUT_RETURN, way_back.query()));
        return Ok(redirect(&frame.sign_in_link(&back), []));
    };
    let OpenedOrder { session, order } = opened;
    let looked = context.look(order.ok_or(AppError::NotFound)?, &session.member).await?;
    let mut session = Session::new(token, *session, context.now());
    let order = match looked {
        Looked::Known(order) => order,
        Looked::News(settled) => {
            session.entitlements = settled.entitlements;
            settled.order
        }
    };
    let set_cookies = session.cookies(&context.config);
    let visitor = Visitor { session: Some(session), set_cookies };
    let title = frame.text("app_checkout_title").to_owned();
    let main = match standing(order.price.term, &order.settlement) {
        standing if standing.until().is_some() && order.purpose != Purpose::Own => {
            thanks(&context, &frame, &order)
        }
        standing if standing.until().is_some() => match context.goods_thanks(&frame, &order).await? {
            Some(thanks) => thanks,
            None => paid(&frame, &order, &way_back),
        },
        Standing::Pending => notice(&frame, "app_return_pending"),
        _ => notice(&frame, "app_return_open"),
    };
    Ok(frame.page(&visitor, &Fragment { title, main }))
}

fn paid(frame: &Frame, order: &Order, way_back: &WayBack) -> Markup {
    let product = frame.site.manifest.products.iter().find(|product| product.scope == order.scope);
    let name = product.map_or("", |product| product.name.get(&frame.language, &frame.site.default_language));
    let product_page = frame.link(product.and_then(|product| product.path.as_deref()).unwrap_or("/"));
    let next = if is_same_site(&way_back.from) { &way_back.from } else { &product_page };
    html! {
        div class="narrow stack" {
            h1 { (frame.fill("app_return_paid", &[("name", name)])) }
            p {
                span class="price" { (display::amount(order.total(), &frame.language)) }
                " " (term_text(frame, order.price.term))
            }
            p { a class="button" href=(next) { (frame.text("app_return_read")) } }
            p { a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account")) } }
        }
    }
}

fn notice(frame: &Frame, text: &str) -> Markup {
    html! {
        div class="narrow stack" {
            h1 { (frame.text("app_checkout_title")) }
            p class="notice" { (frame.text(text)) }
            p { a href=(frame.link(paths::ACCOUNT)) { (frame.text("app_account")) } }
        }
    }
}

impl<P: Platform> Context<P> {
    /// The price as this member gets it; `None` when they have what it buys already.
    ///
    /// A pass may be bought on top of a pass, which then begins where the first ends. Everything else that is
    /// bought twice would be paid twice. A trial is for those who never had the product.
    async fn price_for(
        &self,
        session: &Session,
        product: &Product,
        price: &Price,
    ) -> Result<Option<Price>, AppError> {
        let held = session
            .entitlements
            .iter()
            .filter(|held| held.scope == product.scope)
            .map(|held| held.until)
            .max();
        let is_pass = matches!(price.term, Term::For(_));
        if held == Some(Timestamp::FOREVER) || (held.is_some_and(|until| self.now() < until) && !is_pass) {
            return Ok(None);
        }
        self.with_trial(session, product, price).await.map(Some)
    }

    /// The price with its trial, which is for those who never had the product.
    async fn with_trial(
        &self,
        session: &Session,
        product: &Product,
        price: &Price,
    ) -> Result<Price, AppError> {
        let command = ReadAccount { member: session.member.clone(), now: self.now() };
        let orders = self.platform.ledger().read_account(command).await?.map(|account| account.orders);
        let is_paid = |order: &Order| {
            order.scope == product.scope && order.settlement.is_bought() && order.purpose != Purpose::Gift
        };
        let had_it = orders.is_some_and(|orders| orders.iter().any(is_paid));
        Ok(Price { trial: price.trial.filter(|_| !had_it), ..price.clone() })
    }

    /// Opens the payment page of an order that was placed, so that no payment is ever without an order.
    pub(crate) async fn start_payment(
        &self,
        frame: &Frame,
        product: &Product,
        (order, offer): (Order, Option<OfferCode>),
        (pseudonym, way_back): (&str, &WayBack),
    ) -> Result<String, AppError> {
        let ledger = self.platform.ledger();
        let account =
            ledger.read_account(ReadAccount { member: order.member.clone(), now: self.now() }).await?;
        let account = account.ok_or(AppError::NotFound)?;
        let customer = account.orders.iter().find_map(|order| order.settlement.names.customer.clone());
        let origin = self.config.origin.as_deref();
        let (id, price) = (order.id.clone(), order.price.id.clone());
        let expires_at = goods::page_end(product, &order);
        let again = order_for::query(order.purpose, order.quantity);
        let payment = PaymentRequest {
            order,
            offer,
            description: product.name.get(&frame.language, &frame.site.default_language).to_owned(),
            email: account.member.email,
            customer,
            language: frame.language.clone(),
            has_tax: self.config.has_tax,
            expires_at,
            return_url: frame
                .absolute(origin, &format!("{}?order={id}{}", paths::CHECKOUT_RETURN, way_back.query())),
            cancel_url: frame
                .absolute(origin, &format!("{}?price={price}{again}{}", paths::CHECKOUT, way_back.query())),
        };
        let page = self.platform.payments().start(&payment).await?;
        ledger.name_reference(NameReference { order: id, reference: page.reference }).await?;
        self.record(pseudonym, What::Recorded(Record::Checkout { price })).await;
        Ok(page.url)
    }

    /// Who is signed in, and the order with this id if it is theirs. One call of the Ledger.
    async fn open_order(
        &self,
        id: &OrderId,
        headers: &HeaderMap,
    ) -> Result<Option<(String, OpenedOrder)>, AppError> {
        let Some(session) = self.visitor_by_cookie(headers).session else { return Ok(None) };
        let command = OpenOrder { token_hash: token_hash(&session.token), id: id.clone(), now: self.now() };
        let opened = self.platform.ledger().open_order(command).await?;
        Ok(opened.map(|opened| (session.token, opened)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_form_may_lead_to_the_processor_and_nowhere_else() {
        let policy = policy_with_form_targets(&["https://pay.example".to_owned()]).expect("a header");
        let policy = policy.to_str().expect("text");
        assert!(policy.contains("form-action 'self' https://pay.example;"), "{policy}");
        assert!(policy.contains("default-src 'none'"));
    }
}
