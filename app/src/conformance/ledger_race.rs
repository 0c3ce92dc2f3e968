//! Many at once: what there is ten times is given ten times.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::ledger_teams::Company;
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{Inviting, Joining, SeatState};
use crate::ports::Ledger;

/// How many want in, and for how many there is room.
const N_PEOPLE: u32 = 50;
const N_SEATS: usize = 10;

/// Fifty people who were invited accept at the same moment, when the team has come to pay for ten.
pub async fn seats_are_exact_under_load<L: Ledger>(ledger: &L, seed: u64) -> Result<(), Broken> {
    let mut random = Random::new(seed);
    let mut company = Company::of(ledger, &mut random, N_PEOPLE).await?;
    let mut people = Vec::new();
    for _ in 0..N_PEOPLE {
        let person = super::ledger_teams::person(ledger, &mut random).await?;
        let invited = company.invite(&person.email).await?;
        ensure!(invited == Inviting::Sent, "an invitation is {invited:?}");
        people.push(person);
    }
    company.pay_for(N_SEATS).await?;
    let accepts: Vec<Pending<'_>> =
        people.iter().map(|person| Box::pin(company.accept(person, person)) as Pending<'_>).collect();
    let (mut n_joined, mut n_full) = (0, 0);
    for joining in all(accepts).await {
        match joining? {
            Joining::Joined(held) if held.len() == 1 => n_joined += 1,
            Joining::Refused(SeatState::Full) => n_full += 1,
            other => return Err(Broken(format!("somebody who was invited gets {other:?}"))),
        }
    }
    ensure!(n_joined == N_SEATS, "{n_joined} of {N_SEATS} seats were taken, {n_full} came too late");
    let n_taken = company.seats().await?.iter().filter(|seat| seat.accepted_at.is_some()).count();
    ensure!(n_taken == N_SEATS, "the team has {n_taken} members on {N_SEATS} seats");
    Ok(())
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Joining, Broken>> + Send + 'a>>;

/// Runs them side by side until each has its answer.
async fn all(mut pending: Vec<Pending<'_>>) -> Vec<Result<Joining, Broken>> {
    let mut done = Vec::new();
    poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(answer) => {
                done.push(answer);
                false
            }
            Poll::Pending => true,
        });
        if pending.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}
