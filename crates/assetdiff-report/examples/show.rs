use assetdiff::*;
fn set(n: usize, f: &dyn Fn(u8, usize) -> String) -> ChangeSet {
    let g = |side: u8| { let assets=(0..n).map(|i| AssetDefinition{ code_version: Some(CodeVersion{source: Some(f(side,i)),..Default::default()}), ..AssetDefinition::new(AssetKey::new([format!("a{i}")]).unwrap())}).collect();
      AssetGraph::new(Snapshot{assets,..Default::default()}).unwrap() };
    diff(&g(1), &g(2), &DiffOptions::default())
}
fn time(name:&str, s:&ChangeSet){ 
  for _ in 0..2 { let t=std::time::Instant::now(); let a=assetdiff_report::text(s,&Default::default()).len(); let x=t.elapsed(); let t=std::time::Instant::now(); let b=assetdiff_report::markdown(s,&Default::default()).len(); println!("{name}: text {x:?} {a}, md {:?} {b}", t.elapsed()); }
}
fn main(){
  let lcg=|mut x:u64|{move||{x=x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);x>>33}};
  time("10k small", &set(10_000,&|s,i|format!("select a,\n b{s},\n c\nfrom t{i}\n")));
  time("20k small", &set(20_000,&|s,i|format!("select a,\n b{s},\n c\nfrom t{i}\n")));
  time("one 3000 all-different", &set(1,&|s,_|(0..2990).map(|k|format!("{s} {k}\n")).collect()));
  time("one 3000 random of 4", &set(1,&|s,_|{let mut r=lcg(s as u64*77+1);(0..2990).map(|_|format!("{}\n",r()%4)).collect()}));
  time("one 3000 reversed", &set(1,&|s,_|{let mut v:Vec<String>=(0..2990).map(|k|format!("{k}\n")).collect(); if s==2{v.reverse()} v.concat()}));
  time("one 50k lines random", &set(1,&|s,_|{let mut r=lcg(s as u64*77+1);(0..50000).map(|_|format!("{}\n",r()%4)).collect()}));
  time("100 x 3000 random of 400", &set(100,&|s,i|{let mut r=lcg(s as u64*77+1+i as u64);(0..2990).map(|_|format!("{}\n",r()%400)).collect()}));
}
