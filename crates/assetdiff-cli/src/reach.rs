//! What changes reach, what is to be made again, and why.

use std::time::{SystemTime, UNIX_EPOCH};

use assetdiff::{
    AssetKey, Barrier, ImpactJson, ImpactPolicy, Language, PlanOptions, Selection, Timestamp, plan,
};
use assetdiff_adapters::commands::Commands;
use assetdiff_adapters::select as selections;

use crate::arguments::{Explain, ExplainFormat, Impact, Plan, PlanFor, Policy, ReachFormat};
use crate::comparison::{Comparison, Reached};
use crate::output::Trouble;
use crate::progress::Progress;

pub(crate) fn run_impact(arguments: Impact) -> Result<u8, Trouble> {
    let Impact { compared, policy, select, format, exit_code, output } = arguments;
    let progress = Progress::new("comparing");
    let Reached { comparison, impact } = Reached::of(&compared, &policy, select.as_deref())?;
    let report = match format {
        ReachFormat::Text => assetdiff_report::impact(&impact, Some(&comparison.changes), &output.style()),
        ReachFormat::Json => impact.to_json(&ImpactJson::default()),
    };
    drop(progress);
    output.write(&report)?;
    let summary = impact.summary();
    Ok(u8::from(exit_code && summary.rebuild + summary.recheck > 0))
}

pub(crate) fn run_plan(arguments: Plan) -> Result<u8, Trouble> {
    let Plan { compared, policy, form, have, output, more } = arguments;
    let progress = Progress::new("comparing");
    let Reached { comparison, impact } = Reached::of(&compared, &policy, None)?;
    let Comparison { base, head, changes: _ } = &comparison;
    let mut options = PlanOptions::default();
    options.have = have.into_iter().collect();
    let plan = plan(&impact, base, head, &options);
    let report = match form {
        PlanFor::People => assetdiff_report::plan(&plan, &output.style()),
        PlanFor::Json => plan.to_json(),
        PlanFor::Dagster => shell(&Commands::dagster(&plan, &more)),
        PlanFor::Dbt => shell(&Commands::dbt(&plan, &more)),
    };
    drop(progress);
    output.write(&report)?;
    Ok(0)
}

/// Commands as a script, with what they leave out as comments.
fn shell(commands: &Commands) -> String {
    let Commands { commands, notes } = commands;
    let notes = notes.iter().map(|note| format!("# {note}"));
    let lines: Vec<String> = commands.iter().cloned().chain(notes).collect();
    if lines.is_empty() { "# nothing to make\n".to_owned() } else { lines.join("\n") + "\n" }
}

pub(crate) fn run_explain(arguments: &Explain) -> Result<u8, Trouble> {
    let Explain { compared, key, policy, max_paths, format, output } = arguments;
    let key: AssetKey =
        key.parse().map_err(|error: assetdiff::KeyError| Trouble::Message(error.to_string()))?;
    let progress = Progress::new("comparing");
    let Reached { comparison, impact } = Reached::of(compared, policy, None)?;
    let Comparison { base, head, changes } = &comparison;
    drop(progress);
    let Some(explanation) = impact.explain(&key, *max_paths) else {
        if !head.contains(&key) && !base.contains(&key) {
            return Err(Trouble::Message(format!("expected an asset of BASE or HEAD, found {key}")));
        }
        let spared = impact.spared().into_iter().find(|spared| spared.key == key);
        output.write(&match (format, spared) {
            (ExplainFormat::Json, _) => "null\n".to_owned(),
            (ExplainFormat::Text, Some(spared)) => {
                let upstream: Vec<String> = spared.upstream.iter().map(|up| up.key.to_string()).collect();
                let upstream = upstream.join(", ");
                format!("{key} is not affected: it uses nothing that changed of {upstream}.\n")
            }
            (ExplainFormat::Text, None) => format!("{key} is not affected: no change reaches it.\n"),
            (ExplainFormat::Dot, _) => "digraph assetdiff {}\n".to_owned(),
            (ExplainFormat::Mermaid, _) => "flowchart LR\n".to_owned(),
        })?;
        return Ok(0);
    };
    output.write(&match format {
        ExplainFormat::Text => assetdiff_report::explanation(&explanation, Some(changes), &output.style()),
        ExplainFormat::Json => explanation.to_json(),
        ExplainFormat::Dot => assetdiff_report::dot(&explanation),
        ExplainFormat::Mermaid => assetdiff_report::mermaid(&explanation),
    })?;
    Ok(0)
}

impl Policy {
    /// The selections of the barriers; a typing error shows before a large file is read.
    pub(crate) fn barriers(&self, language: Language) -> Result<Vec<Selection>, Trouble> {
        let selections = self.barrier.iter().map(|text| Selection::parse(text, language));
        Ok(selections.collect::<Result<_, _>>()?)
    }

    pub(crate) fn resolved(
        &self,
        barriers: Vec<Selection>,
        comparison: &Comparison,
    ) -> Result<ImpactPolicy, Trouble> {
        let Self { max_distance, barrier, no_columns, now, changed_partitions } = self;
        let Comparison { base, head, changes } = comparison;
        let mut policy = ImpactPolicy::default();
        policy.max_distance = *max_distance;
        policy.narrow_columns = !no_columns;
        policy.now = Some(now.map_or_else(current_time, Ok)?);
        policy.changed_partitions = changed_partitions.iter().cloned().collect();
        for (name, selection) in barrier.iter().zip(barriers) {
            let assets = selections::in_scope(head, Some(base), Some(changes), |scope| {
                selection.resolve(scope).map(|selected| selected.keys())
            })?;
            policy.barriers.push(Barrier { name: name.clone(), assets: assets.into_iter().collect() });
        }
        Ok(policy)
    }
}

pub(crate) fn current_time() -> Result<Timestamp, Trouble> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.ok().and_then(|since| i64::try_from(since.as_secs()).ok());
    let now = seconds.and_then(|seconds| Timestamp::from_unix_seconds(seconds).ok());
    now.ok_or_else(|| Trouble::Message("expected a clock after 1970, found an earlier time".to_owned()))
}
