//! Statistics of a few rounds: robust ones, for a machine that others use, too.

/// The values of one figure: one a round, and none where a round has none.
pub type Rounds = Vec<Option<f64>>;

/// The middle of the values, the smallest and the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// Sums up values in any order; there is nothing to sum up if there are none.
pub fn summary(values: impl IntoIterator<Item = f64>) -> Option<Summary> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let (&min, &max) = (values.first()?, values.last()?);
    let median = values[(values.len() - 1) / 2].midpoint(values[values.len() / 2]);
    Some(Summary { median, min, max })
}

/// Sums up the ratios of two figures, each taken within a round: what slowed a round down did so to both.
pub fn ratio(ours: &Rounds, theirs: &Rounds) -> Option<Summary> {
    let both = ours.iter().zip(theirs).filter_map(|(ours, theirs)| Some((*ours)? / (*theirs)?));
    summary(both.filter(|ratio| ratio.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle() {
        let odd = summary([3.0, 1.0, 100.0]).unwrap();
        assert_eq!(odd, Summary { median: 3.0, min: 1.0, max: 100.0 });
        assert_eq!(summary([4.0, 1.0, 3.0, 100.0]).unwrap().median, 3.5);
        assert_eq!(summary([7.0]).unwrap().median, 7.0);
        assert_eq!(summary([]), None);
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        // The second round was ten times as slow for both; the ratio of the medians would be 5.
        let ours = vec![Some(1.0), Some(10.0), Some(10.0)];
        let theirs = vec![Some(2.0), Some(20.0), Some(1.0)];
        assert_eq!(ratio(&ours, &theirs).unwrap().median, 0.5);
    }

    #[test]
    fn rounds_that_miss_a_value_have_no_ratio() {
        let ours = vec![Some(1.0), None, Some(6.0)];
        let theirs = vec![Some(2.0), Some(1.0), None];
        assert_eq!(ratio(&ours, &theirs), summary([0.5]));
        assert_eq!(ratio(&vec![Some(1.0)], &vec![Some(0.0)]), None);
    }
}
