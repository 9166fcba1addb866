//! The CPU time of other programs: what a machine that is shared by many tells truly.

use std::process::{Command, Stdio};

/// Ticks of the kernel's clock in a second, as Linux shows them to programs.
const TICKS: f64 = 100.0;

/// The seconds of CPU that a program and those it starts take, in user and in system mode.
pub fn seconds(command: &mut Command) -> f64 {
    let before = of_children();
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    of_children() - before
}

/// What all ended children of this process have taken.
fn of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // The name of the program, in brackets, may hold blanks. The two times are the 16th and 17th field.
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let times = fields.split_whitespace().skip(13).take(2);
    let ticks: f64 = times
        .map(|time| time.parse::<f64>().expect("a number"))
        .sum();
    ticks / TICKS
}
