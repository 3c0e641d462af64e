//! The canonical spelling of numbers, taken from their source text so that no digit is lost.

/// Exponents beyond this are refused: the canonical form would have to compute with them.
const MAX_EXPONENT: i64 = 1_000_000_000_000_000;

/// Decimal exponents of the first digit for which a number is written without `e`.
const PLAIN: std::ops::Range<i64> = -5..17;

/// Appends the canonical spelling of a JSON number; returns false if its exponent is out of range.
///
/// An integer (no `.`, no exponent) is its own canonical form, of any length. Every other number is
/// a decimal fraction: its exact decimal value without superfluous zeros, always with a `.` and at
/// least one digit on both sides, and with an exponent only outside of 1e-5 to 1e17. So `1` and
/// `1.0` differ, `1.0`, `1.00` and `10e-1` are the same, and the sign of zero is kept.
pub(super) fn push_canonical(out: &mut String, text: &str) -> bool {
    if text.bytes().all(|b| b == b'-' || b.is_ascii_digit()) {
        out.push_str(text);
        return true;
    }
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Some(exponent) = exponent.parse::<i64>().ok().filter(|e| e.abs() <= MAX_EXPONENT) else {
        return false;
    };
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let leading_zeros = (digits.len() - significant.len()) as i64;
    let significant = significant.trim_end_matches('0');
    out.push_str(sign);
    if significant.is_empty() {
        out.push_str("0.0");
        return true;
    }
    let first = whole.len() as i64 + exponent - leading_zeros - 1;
    if PLAIN.contains(&first) {
        push_plain(out, significant, first);
    } else {
        let (head, tail) = significant.split_at(1);
        out.push_str(head);
        out.push('.');
        out.push_str(if tail.is_empty() { "0" } else { tail });
        out.push('e');
        out.push_str(&first.to_string());
    }
    true
}

/// Returns whether a JSON number is certainly its own canonical spelling.
pub(super) fn is_plain(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let whole = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let Some(fraction) = unsigned[whole..].strip_prefix('.') else { return whole == unsigned.len() };
    let is_short = whole <= 15 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let is_tiny = unsigned.starts_with('0') && fraction.starts_with("000");
    is_short && !is_tiny && (fraction == "0" || !fraction.ends_with('0'))
}

/// Writes digits whose first one has the decimal exponent `first` without an `e`.
fn push_plain(out: &mut String, digits: &str, first: i64) {
    if first < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-first - 1) as usize));
        out.push_str(digits);
        return;
    }
    let whole = first as usize + 1;
    if digits.len() <= whole {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', whole - digits.len()));
        out.push_str(".0");
    } else {
        out.push_str(&digits[..whole]);
        out.push('.');
        out.push_str(&digits[whole..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        let mut out = String::new();
        push_canonical(&mut out, text).then_some(out)
    }

    #[test]
    fn integers_keep_every_digit_and_fractions_their_exact_value() {
        for (text, expected) in [
            ("18446744073709551616", "18446744073709551616"),
            ("-0", "-0"),
            ("1.0", "1.0"),
            ("1.00", "1.0"),
            ("10e-1", "1.0"),
            ("1E+2", "100.0"),
            ("-0.0", "-0.0"),
            ("0e9", "0.0"),
            ("0.10000000000000001", "0.10000000000000001"),
            ("0.1", "0.1"),
            ("0.00001", "0.00001"),
            ("0.000001", "1.0e-6"),
            ("123.450", "123.45"),
            ("1e400", "1.0e400"),
            ("12e16", "1.2e17"),
            ("12e15", "12000000000000000.0"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
            assert!(!is_plain(text) || text == expected, "{text}");
        }
        for text in ["0", "-12", "0.5", "-0.0", "123456789012345.678", "0.0010"] {
            assert_eq!(is_plain(text), text != "0.0010", "{text}");
        }
    }

    #[test]
    fn an_exponent_out_of_range_is_refused() {
        assert_eq!(canonical("1e99999999999999999999"), None);
        assert_eq!(canonical("1e-1000000000000001"), None);
    }
}
