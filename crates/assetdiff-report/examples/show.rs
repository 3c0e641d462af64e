#[path = "../tests/support/mod.rs"]
mod support;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let color = a.iter().any(|x| x == "color");
    let width = a.iter().filter_map(|x| x.parse().ok()).next().unwrap_or(100);
    let style = assetdiff_report::TextStyle { color, width, ..Default::default() };
    let set = if a.iter().any(|x| x == "huge") { support::huge(10000) } else { support::everything() };
    let t = std::time::Instant::now();
    let out = match a[1].as_str() {
        "text" => assetdiff_report::text(&set, &style),
        "md" => assetdiff_report::markdown(&set, &Default::default()),
        "def" => {
            let g = support::graph(include_str!("../tests/support/everything-head.json"));
            assetdiff_report::definition(&g.get(&"sales/orders".parse().unwrap()).unwrap(), &style)
        }
        _ => assetdiff_report::snapshot(
            &support::graph(include_str!("../tests/support/everything-head.json")),
            &style,
        ),
    };
    eprintln!("{:?} {}", t.elapsed(), out.len());
    println!("{out}");
}
