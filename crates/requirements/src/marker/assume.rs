//! Markers with the question of the extra answered beforehand.

use super::{Joint, Marker, Operand, Operator, Term, Variable};
use crate::name::fold;

/// What is left of a marker when it is known which extra is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assumed {
    /// It holds, or does not, for every target.
    Known(bool),
    /// It still depends on the target.
    Open(Marker),
}

impl Marker {
    /// Answers each comparison with `extra` as if `extra` were asked for, or none.
    pub(crate) fn assuming_extra(&self, extra: Option<&str>) -> Assumed {
        // The alternatives of the marker, each a list of what must hold together.
        let mut alternatives = vec![self.0.first.assuming_extra(extra)];
        for (joint, term) in &self.0.rest {
            let next = term.assuming_extra(extra);
            match (joint, alternatives.last_mut()) {
                (Joint::And, Some(last)) => {
                    *last = joined(std::mem::replace(last, Assumed::Known(true)), next, Joint::And);
                }
                _ => alternatives.push(next),
            }
        }
        alternatives
            .into_iter()
            .reduce(|all, next| joined(all, next, Joint::Or))
            .unwrap_or(Assumed::Known(true))
    }
}

impl Term {
    fn assuming_extra(&self, extra: Option<&str>) -> Assumed {
        match self {
            Self::Group(marker) => marker.assuming_extra(extra),
            Self::Compare { left, operator, right } => {
                let ((Operand::Variable(Variable::Extra), Operand::Text(text))
                | (Operand::Text(text), Operand::Variable(Variable::Extra))) = (left, right)
                else {
                    return Assumed::Open(Marker::of(self.clone(), Vec::new()));
                };
                let is_same = extra.is_some_and(|extra| fold(extra) == fold(text));
                Assumed::Known(match operator {
                    Operator::Equal | Operator::Exact | Operator::In => is_same,
                    Operator::NotEqual | Operator::NotIn => !is_same,
                    _ => false,
                })
            }
        }
    }
}

fn joined(one: Assumed, other: Assumed, joint: Joint) -> Assumed {
    // What decides alone: a falsehood among `and`, a truth among `or`.
    let decisive = joint == Joint::Or;
    match (one, other) {
        (Assumed::Known(known), rest) | (rest, Assumed::Known(known)) => {
            if known == decisive {
                Assumed::Known(known)
            } else {
                rest
            }
        }
        (Assumed::Open(one), Assumed::Open(other)) => Assumed::Open(match joint {
            Joint::And => one.and(other),
            Joint::Or => one.or(other),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_is_answered_and_the_rest_stays() {
        let cases = [
            ("extra == 'a'", Some("A"), "true"),
            ("extra == 'a'", None, "false"),
            ("extra == 'a' and os_name == 'x'", Some("a"), r#"os_name == "x""#),
            ("extra == 'a' and os_name == 'x'", Some("b"), "false"),
            ("os_name == 'x' or extra == 'a'", Some("a"), "true"),
            ("os_name == 'x' or extra == 'a'", None, r#"os_name == "x""#),
            ("os_name == 'x' and (extra == 'a' or extra == 'b')", Some("b"), r#"os_name == "x""#),
            (
                "extra == 'a' and os_name == 'x' or os_name == 'y'",
                Some("a"),
                r#"os_name == "x" or os_name == "y""#,
            ),
        ];
        for (marker, extra, expected) in cases {
            let left = match marker.parse::<Marker>().unwrap().assuming_extra(extra) {
                Assumed::Known(known) => known.to_string(),
                Assumed::Open(marker) => marker.to_string(),
            };
            assert_eq!(left, expected, "{marker} with {extra:?}");
        }
    }
}
