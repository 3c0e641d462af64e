//! What a branch and its base changed since they parted.

use assetdiff::{ThreeWay, diff3};
use assetdiff_adapters::source;
use assetdiff_report::{MarkdownStyle, three_way, three_way_markdown};

use crate::arguments::{Compared, Diff3, Format};
use crate::input;
use crate::output::Trouble;
use crate::progress::Progress;

pub(crate) fn run(arguments: &Diff3) -> Result<u8, Trouble> {
    let Diff3 { merge_base, compared: Compared { sides, rules }, format, merged, exit_code, output } =
        arguments;
    rules.check()?;
    let progress = Progress::new("comparing");
    let (base, head) = input::read_sides(sides)?;
    let parted = input::read(merge_base, &sides.input)?;
    let options = rules.options(&base, &head)?;
    let found = diff3(&parted, &base, &head, &options);
    let report = match format {
        Format::Text => three_way(&found, &output.style()),
        Format::Json => found.to_json(),
        Format::Markdown => three_way_markdown(&found, &MarkdownStyle::default()),
    };
    drop(progress);
    if let Some(path) = merged {
        write_merged(&found, path)?;
    }
    output.write(&report)?;
    Ok(u8::from(*exit_code && !found.conflicts.is_empty()))
}

fn write_merged(found: &ThreeWay, path: &std::path::Path) -> Result<(), Trouble> {
    let merged = found.merge().map_err(|conflicts| Trouble::Message(conflicts.to_string()))?;
    Ok(source::write(path, merged)?)
}
