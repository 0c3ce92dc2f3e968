//! Many at once: what there is ten times is given ten times.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::ledger::{NOW, sign_in};
use super::ledger_goods::{Stall, slot};
use super::ledger_teams::Company;
use super::random::Random;
use super::{Broken, ensure};
use crate::ledger::{Claim, GoodsPlacing, Inviting, Joining, SeatState};
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
    let accepts: Vec<Pending<'_, Joining>> = people
        .iter()
        .map(|person| Box::pin(company.accept(person, person)) as Pending<'_, Joining>)
        .collect();
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

/// Twenty people order one slot at the same moment, and fifty the ten places at an event.
pub async fn stocks_are_exact_under_load<L: Ledger>(ledger: &L, seed: u64) -> Result<(), Broken> {
    let mut random = Random::new(seed);
    for (n_people, n_places) in [(20, 1), (N_PEOPLE, 10)] {
        let stall = Stall::new(ledger, &mut random);
        let mut buyers = Vec::new();
        for _ in 0..n_people {
            let (member, _) = sign_in(ledger, &mut random).await?;
            buyers.push((member, Random::new(random.next_u64())));
        }
        let stall = &stall;
        let orders = buyers.iter_mut().map(|(member, random)| {
            let claim = Claim { places: Some(n_places), ..slot() };
            Box::pin(async move {
                stall.place((member, random), (Some(claim), None), NOW).await.map(|(_, placing)| placing)
            }) as Pending<'_, GoodsPlacing>
        });
        let (mut n_placed, mut n_refused) = (0, 0);
        for placing in all(orders.collect()).await {
            match placing? {
                GoodsPlacing::Placed => n_placed += 1,
                GoodsPlacing::SoldOut => n_refused += 1,
                other => return Err(Broken(format!("somebody who orders a place gets {other:?}"))),
            }
        }
        let n_late = n_people - n_places;
        ensure!(
            n_placed == n_places && n_refused == n_late,
            "{n_placed} of {n_places} places were sold, {n_refused} came too late"
        );
    }
    Ok(())
}

type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Broken>> + Send + 'a>>;

/// Runs them side by side until each has its answer.
async fn all<T>(mut pending: Vec<Pending<'_, T>>) -> Vec<Result<T, Broken>> {
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
