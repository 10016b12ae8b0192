//! The theme's scripts: modules, parsed; bundles of them, in order; and what browsers get of a bundle, in a locale's
//! words.

pub(super) mod bundle;
mod html;
mod minify;
pub(super) mod module;
