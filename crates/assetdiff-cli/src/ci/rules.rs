//! Whose rules count.

use std::path::Path;

use assetdiff_project::Config;
use clap::ValueEnum;

use super::situation::Situation;
use super::{Ci, git};
use crate::output::Trouble;
use crate::project::CONFIG;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum RulesFrom {
    /// Those at the base branch.
    #[default]
    Base,
    /// Those of the checkout.
    Head,
}

/// Returns the rules: how the assets are read and where they are kept as the checkout says, everything that a branch
/// is measured by as the base says.
pub(super) fn rules(
    arguments: &Ci,
    situation: &Situation,
    own: Config,
    notes: &mut Vec<String>,
) -> Result<Config, Trouble> {
    if situation.is_base || situation.is_closed || arguments.rules_from == RulesFrom::Head {
        return Ok(own);
    }
    let path = arguments.project.config.as_deref().unwrap_or(Path::new(CONFIG));
    let Some(base) = &situation.base_commit else {
        // Without rules nothing can be weakened.
        if !path.exists() {
            return Ok(own);
        }
        let branch = situation.base_branch.as_deref().unwrap_or("the base branch");
        return Err(Trouble::Message(format!(
            "expected {branch} in the checkout, to read {} there, found no such branch; fetch it (in GitHub's checkout: fetch-depth: 0), or take --rules-from head",
            path.display()
        )));
    };
    let name = format!("{} of {}", path.display(), situation.base_branch.as_deref().unwrap_or(base));
    let base = match git::file_at(base, path) {
        Some(bytes) => Config::parse_bytes(&name, &bytes)?,
        None => {
            if path.exists() {
                notes.push(format!(
                    "There is no {name}: the rules of this branch count once they are merged."
                ));
            }
            Config::default()
        }
    };
    Ok(Config { adapter: own.adapter, store: own.store, ..base })
}
