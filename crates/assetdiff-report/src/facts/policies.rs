//! When an asset is made, how much at once, and how fresh it has to be.

use assetdiff::{
    AutomationCondition, BackfillPolicy, CronFreshness, FreshnessPolicy, TimeWindowFreshness, ValueDiff,
};

use super::values::{json_facts, json_words};
use super::{Fact, Line, one, optional_text_facts, text_words};
use crate::phrase::Phrase;
use crate::shown::{Shown, grouped};
use crate::style::Detail;

pub(super) fn automation_facts(diff: &ValueDiff<Option<AutomationCondition>>, detail: &Detail) -> Vec<Fact> {
    let (Some(old), Some(new)) = (&diff.old, &diff.new) else {
        let [old, new] = [&diff.old, &diff.new].map(|automation| automation_words(automation, detail));
        return one(Line::changed(Phrase::default(), old, new));
    };
    let AutomationCondition { condition, label } = old;
    let mut facts = Vec::new();
    if *label != new.label {
        let labels = ValueDiff { old: label.clone(), new: new.label.clone() };
        facts.extend(optional_text_facts(Phrase::ours("label"), &labels, detail));
    }
    facts.extend(json_facts(Phrase::ours("condition"), condition, &new.condition, detail));
    facts
}

pub(crate) fn automation_words(automation: &Option<AutomationCondition>, detail: &Detail) -> Phrase {
    let Some(AutomationCondition { condition, label }) = automation else { return Phrase::none() };
    let condition = json_words(condition, detail);
    match label {
        Some(_) => text_words(label, detail).and(", condition ").and_phrase(condition),
        None => condition,
    }
}

pub(crate) fn backfill_words(backfill: &Option<BackfillPolicy>) -> Phrase {
    match backfill {
        None => Phrase::none(),
        Some(BackfillPolicy { max_partitions_per_run: None }) => Phrase::ours("all partitions in one run"),
        Some(BackfillPolicy { max_partitions_per_run: Some(1) }) => Phrase::ours("1 partition per run"),
        Some(BackfillPolicy { max_partitions_per_run: Some(most) }) => {
            Phrase::ours(format!("at most {} partitions per run", grouped(*most as usize)))
        }
    }
}

pub(super) fn freshness_facts(diff: &ValueDiff<Option<FreshnessPolicy>>, detail: &Detail) -> Vec<Fact> {
    use FreshnessPolicy::Other;
    match (&diff.old, &diff.new) {
        (Some(Other { type_name: old_type, value: old }), Some(Other { type_name, value: new }))
            if old_type == type_name =>
        {
            json_facts(Phrase::name(type_name), old, new, detail)
        }
        (old, new) => {
            let [old, new] = [old, new].map(|freshness| freshness_words(freshness, detail));
            one(Line::changed(Phrase::default(), old, new))
        }
    }
}

pub(crate) fn freshness_words(freshness: &Option<FreshnessPolicy>, detail: &Detail) -> Phrase {
    match freshness {
        None => Phrase::none(),
        Some(FreshnessPolicy::TimeWindow(TimeWindowFreshness { fail_after_seconds, warn_after_seconds })) => {
            let fail = Phrase::ours(format!("fails after {}", duration(*fail_after_seconds)));
            match warn_after_seconds {
                Some(seconds) => fail.and(format!(", warns after {}", duration(*seconds))),
                None => fail,
            }
        }
        Some(FreshnessPolicy::Cron(CronFreshness { deadline_cron, lower_bound_seconds, timezone })) => {
            let cron = Phrase::ours("by cron ").and_theirs(Shown::quoted(deadline_cron));
            let zone = cron.and(" ").and_theirs(Shown::name(timezone));
            zone.and(format!(", made at most {} before", duration(*lower_bound_seconds)))
        }
        Some(FreshnessPolicy::Other { type_name, value }) => {
            Phrase::name(type_name).and(" ").and_phrase(json_words(value, detail))
        }
        Some(unknown) => Phrase::name(unknown.type_name()),
    }
}

/// Returns a span of time in its two largest units or more, without loss.
fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}
