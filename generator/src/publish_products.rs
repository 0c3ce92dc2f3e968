//! The pages of products: one for everybody, and one for buyers when a part of the text is theirs.

use lyceum_contract::Access;
use tera::Value;

use crate::assets::Audience;
use crate::model::Academy;
use crate::portion::Desk;
use crate::product::Product;
use crate::publish::{Edition, Shared};
use crate::view::ProductView;
use crate::views::PageInfo;
use crate::{json_ld, seal};

/// A file is for everybody who may read a text that refers to it: what is named above the mark is public.
pub(crate) fn note_assets(academy: &Academy, shared: &Shared<'_>, audience: &mut Audience) {
    for edition in &shared.editions {
        for product in &academy.products {
            let rendered = shared.bodies.get(&product.article, edition.locale);
            audience.add(&Access::Free, rendered.preview.iter().flat_map(|preview| &preview.assets));
            audience.add(&product.access(), &rendered.whole.assets);
            audience.add_included(&rendered.includes);
        }
    }
}

impl<'a> Desk<'a> {
    /// The pages of all products in one language.
    pub(crate) fn products(&mut self, edition: &Edition<'a>, shared: &Shared<'a>) {
        let locale = edition.locale;
        for product in &self.inputs.academy.products {
            let rendered = shared.bodies.get(&product.article, locale);
            let path = locale.path(&product.path());
            let public = self.product_page(edition, product, &locale.product_page(product, rendered));
            self.add_page(&path, public);
            let access = product.access();
            if access.is_public() {
                continue;
            }
            let held = locale.held_product_page(product, rendered);
            if let Some(html) = self.product_page(edition, product, &held) {
                let id = format!("products/{}@{}", product.article.id, locale.language);
                let key = self.inputs.keys.sealing();
                self.add_sealed(&path, seal::page(key, id, &access, html.as_bytes()));
            }
        }
    }

    fn product_page(
        &mut self,
        edition: &Edition<'a>,
        product: &'a Product,
        view: &ProductView,
    ) -> Option<String> {
        let locale = edition.locale;
        let path = product.path();
        let mut info = PageInfo::of_article("product", &product.article, &path, locale);
        let (_, language) = product.article.text(locale.language, locale.config());
        let list = self.inputs.theme.texts(locale.language).get("products_title");
        info.json_ld_html = Some(json_ld::product(&edition.site, view, product, (language, list)));
        self.render("product.html", edition, info, &[("product", &Value::from_serializable(view))])
    }
}
