//! The scripts in which we store a user's name, by language tag (BCP 47; OpenID Connect
//! Core §5.2).

crate::wire_words! {
    /// A script of Japanese names.
    pub enum NameScript {
        /// The name as written, usually in kanji. Claims without a tag contain it.
        AsWritten = "ja-Hani-JP",
        /// The reading of the name, in katakana.
        Kana = "ja-Kana-JP",
    }
}

impl NameScript {
    /// Returns the script that a tag means. The tag may omit the region or the script.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let rest = tag.strip_suffix("-jp").unwrap_or(&tag);
        match rest {
            "ja" | "ja-hani" | "ja-jpan" => Some(Self::AsWritten),
            "ja-kana" => Some(Self::Kana),
            _ => None,
        }
    }

    /// Returns the supported scripts of a `claims_locales` (§5.2), in order of preference
    /// and without repetition.
    #[must_use]
    pub fn of_locales(tags: &str) -> Vec<Self> {
        let mut all = Vec::new();
        for script in tags.split(' ').filter_map(Self::of_tag) {
            if !all.contains(&script) {
                all.push(script);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_means_a_script_however_much_of_it_is_said() {
        for &script in NameScript::ALL {
            assert_eq!(NameScript::of_tag(script.as_str()), Some(script));
        }
        for (tag, script) in [
            ("ja", Some(NameScript::AsWritten)),
            ("ja-JP", Some(NameScript::AsWritten)),
            ("ja-Jpan-JP", Some(NameScript::AsWritten)),
            ("ja-kana", Some(NameScript::Kana)),
            ("JA-KANA-JP", Some(NameScript::Kana)),
            ("ja-Latn-JP", None),
            ("en", None),
            ("se", None),
            ("jp", None),
            ("-jp", None),
            ("", None),
        ] {
            assert_eq!(NameScript::of_tag(tag), script, "{tag}");
        }
    }

    #[test]
    fn of_many_locales_those_known_count_once() {
        use NameScript::{AsWritten, Kana};
        assert_eq!(NameScript::of_locales("se"), []);
        assert_eq!(
            NameScript::of_locales("ja-Kana-JP en ja ja-JP"),
            [Kana, AsWritten]
        );
    }
}
