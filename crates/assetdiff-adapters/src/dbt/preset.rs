//! What differs between two environments of one dbt project without being a change.

use assetdiff::{DiffOptions, IgnoreRule, RuleError};

/// Differences that two parses of one project can have without anyone having changed it.
const RULES: [&str; 5] = [
    // Where the target or the user's schema decides. What is written in the project stands beside
    // it, as `unrendered_database` and `unrendered_schema`.
    "execution.database",
    "execution.schema",
    "checks#/dbt.database",
    "checks#/dbt.schema",
    // Repeats, from the file, what the aspects show one by one.
    "metadata.dbt.unrendered_config",
];

/// Adds the rules for comparing two environments of one dbt project: database, schema, and the
/// unrendered configuration, which repeats what other aspects show.
///
/// # Errors
/// None in practice: the rules are fixed.
pub fn preset(options: &mut DiffOptions) -> Result<(), RuleError> {
    for rule in RULES {
        let IgnoreRule { name, scope, pointer } = rule.parse()?;
        options.ignore.push(IgnoreRule { name: format!("dbt preset: {name}"), scope, pointer });
    }
    Ok(())
}
