//! Rounds that take turns, and the median of what they say.

use std::time::{Duration, Instant};

/// How many rounds there are.
const ROUNDS: usize = 5;

/// Something that works for a while and says how much it did per second.
pub type Contestant<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// What the rounds have shown, in units of work per second.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub ours: f64,
    pub floor: f64,
    /// The median of the ratios of each round, which a machine that drifts moves less than the ratio of the medians.
    pub ratio: f64,
    /// What a table without the promises would allow.
    pub lean: Option<f64>,
}

/// Lets them take turns, ours and the floor changing who goes first.
pub fn race<'a>(
    mut ours: Contestant<'a>,
    mut floor: Contestant<'a>,
    mut lean: Option<Contestant<'a>>,
) -> Outcome {
    let (mut of_ours, mut of_floor, mut of_lean) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            of_ours.push(ours());
            of_floor.push(floor());
        } else {
            of_floor.push(floor());
            of_ours.push(ours());
        }
        of_lean.extend(lean.as_mut().map(|lean| lean()));
    }
    let ratios = of_ours
        .iter()
        .zip(&of_floor)
        .map(|(ours, floor)| ours / floor)
        .collect();
    Outcome {
        ours: median(of_ours),
        floor: median(of_floor),
        ratio: median(ratios),
        lean: (!of_lean.is_empty()).then(|| median(of_lean)),
    }
}

/// The middle one.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Does a piece of work again and again for `time`; gives how often per second.
pub fn for_a_while(time: Duration, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut times = 0.0;
    while begun.elapsed() < time {
        work();
        times += 1.0;
    }
    times / begun.elapsed().as_secs_f64()
}

/// Does a piece of work once; gives how many of the `units` in it were done per second.
pub fn once(units: usize, work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    units as f64 / begun.elapsed().as_secs_f64()
}
