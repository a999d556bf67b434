//! The laws that every store is held to, for the test files of stores.
//!
//! A law is a function of a store that holds nothing yet; [`crate::store_contract!`] makes a test
//! of each. Laws know no database, so SQLite and PostgreSQL are held to the same words. What is
//! particular to one database (deadlines, locks, broken files) is tested beside it.
//!
//! ```text
//! async fn fresh() -> (MyStore, TempDir) { … }
//! burgee_store::store_contract!(fresh);
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "laws are the bodies of tests: they fail by panicking, and their names say what they hold"
)]

pub mod allow_list;
pub mod archive;
pub mod change;
pub mod credential;
pub mod definition;
pub mod definition_change;
pub mod group;
pub mod hash_key;
pub mod history;
pub mod key_record;
pub mod member;
pub mod notice;
pub mod page;
pub mod person;
pub mod quota;
pub mod revision;
pub mod setting;
pub mod usage;

mod fixture;

use crate::Store;

/// Makes a `#[tokio::test]` of each law. `$fresh` is an async function without parameters that
/// returns an empty store, and whatever must live as long as it; or `Option` of both, and `None`
/// where that kind of store cannot be had.
#[macro_export]
macro_rules! store_contract {
    ($fresh:ident) => {
        $crate::store_contract! { @laws $fresh
            definition {
                an_unknown_token_is_nothing_and_no_error
                definitions_read_back_as_they_were_put
                flags_come_by_id_and_without_the_archived_ones
                documents_keep_what_nobody_knows
                group_types_keep_their_places
                projects_are_listed_by_name
                a_project_is_read_with_all_its_environments
                environments_do_not_see_each_others_flags
            }
            definition_change {
                a_change_of_one_flag_is_that_flag_alone
                flags_that_come_and_go_are_told
                another_key_is_told_wherever_the_flag_is
                whoever_knows_the_present_is_told_nothing
                what_is_more_than_flags_is_told_as_the_whole
                an_environment_under_another_token_is_told_as_the_whole
                a_state_that_never_was_is_told_as_the_whole
                a_token_that_nobody_has_has_no_change
            }
            history {
                changes_lead_from_any_state_to_the_present
            }
            change {
                a_new_environment_has_its_first_revision
                putting_the_same_twice_changes_nothing
                one_commit_raises_a_revision_once
                only_environments_that_see_a_change_are_raised
                a_refused_change_undoes_those_before_it
                a_revision_that_has_passed_is_a_conflict
                a_flag_counts_its_versions_unless_told
                a_flag_without_a_name_keeps_its_name
                key_and_name_are_those_of_the_project
                two_flags_do_not_share_a_key_but_may_exchange_theirs
                an_environment_takes_a_new_token_but_not_anothers
                an_environment_says_how_long_polls_are_held
                a_secret_key_opens_one_environment_and_a_personal_key_several
                what_does_not_exist_cannot_be_changed
                commits_at_the_same_time_are_all_made
                of_two_commits_that_expect_one_revision_one_is_made
            }
            credential {
                a_key_that_nobody_has_opens_nothing
                a_key_opens_what_it_was_given_to
                a_key_names_the_token_that_its_environment_has_now
                a_revoked_key_opens_nothing_anywhere
                giving_and_taking_keys_moves_the_mark_but_no_revision
                a_read_of_keys_has_a_limit
            }
            key_record {
                a_key_tells_its_name_its_age_and_what_it_opens
                a_key_put_again_keeps_name_and_expiry_unless_told
                an_expiry_is_told_with_the_grant_and_moves_the_mark
                an_expiry_only_comes_nearer
                pages_of_keys_hold_every_key_once
                a_page_of_keys_has_a_limit
                use_is_noted_forward_only
                use_moves_neither_mark_nor_revision
                a_write_of_uses_has_a_limit
            }
            archive {
                an_archived_flag_is_gone_from_one_environment
                ids_are_counted_even_when_archived
                an_archived_flag_comes_back_with_its_next_version
                an_archived_cohort_is_gone_from_all_environments
                a_flag_put_as_deleted_is_archived
            }
            notice {
                a_commit_is_heard_of
                a_key_that_is_given_or_taken_is_heard_of
                everybody_who_listens_hears
                changes_that_nobody_waited_for_are_few_notices
            }
            revision {
                revisions_are_told_with_a_mark
                an_unchanged_mark_tells_nothing
                persons_and_groups_raise_no_revision
            }
            person {
                nobody_is_found_where_nobody_was_put
                a_person_is_found_by_each_distinct_id
                distinct_ids_are_any_text
                properties_come_back_as_text_up_to_the_limit
                a_person_beyond_the_limits_is_refused
                only_what_is_asked_for_is_read
                environments_do_not_share_persons
                a_person_put_again_gains_ids_and_changes_properties
                equal_properties_are_no_change
                distinct_ids_of_two_persons_are_refused
                a_person_keeps_the_time_of_its_first_sight
                subjects_are_put_all_or_not_at_all
            }
            group {
                groups_are_not_crossed
                groups_of_two_environments_are_apart
                a_group_put_again_changes_its_properties
            }
            member {
                members_of_static_cohorts_are_told_with_the_person
                only_static_cohorts_take_members
                nobody_cannot_be_a_member
                members_belong_to_one_environment
            }
            hash_key {
                nothing_is_stored_before_a_claim
                a_claim_covers_both_persons_and_all_flags
                the_owner_of_the_distinct_id_wins
                a_claim_leaves_existing_rows
                a_missing_row_is_told
                a_visitor_without_a_person_keeps_the_claim_aside
                a_person_adopts_what_was_kept_aside
                an_adopted_row_gives_way_to_one_that_is_there
                claims_of_two_environments_are_apart
                claims_at_the_same_time_agree
            }
            quota {
                nobody_is_out_of_quota_at_first
                a_quota_is_told_until_its_end_is_long_past
                a_quota_put_again_ends_as_it_says_last
                a_quota_follows_its_environment_to_a_new_token
                nobody_has_no_quota
                quotas_raise_no_revision
            }
            allow_list {
                an_allow_list_raises_no_revision
            }
            page {
                an_empty_environment_is_one_empty_page
                pages_hold_every_subject_once
                a_page_tells_what_can_be_put_again
                a_page_ends_only_where_a_page_ended
            }
        }

        $crate::usage_contract!($fresh);
        $crate::setting_contract!($fresh);

        #[tokio::test(flavor = "multi_thread")]
        async fn listening_ends_with_the_store() {
            let fresh: Option<(_, _)> = $fresh().await.into();
            let Some((store, _kept)) = fresh else { return };
            let close = || store.close();
            $crate::contract::notice::listening_ends_with_the_store(&store, close).await;
        }
    };
    (@laws $fresh:ident $($group:ident { $($law:ident)* })*) => {
        $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $law() {
                // `None` where the database is not installed, which `$fresh` has said.
                let fresh: Option<(_, _)> = $fresh().await.into();
                let Some((store, _kept)) = fresh else { return };
                $crate::contract::$group::$law(&store).await;
            }
        )*)*
    };
}

/// The laws about usage alone, for what counts it and is no store.
#[macro_export]
macro_rules! usage_contract {
    ($fresh:ident) => {
        $crate::store_contract! { @laws $fresh
            usage {
                nothing_was_counted_at_first
                counts_are_summed_by_environment_kind_and_library
                a_span_of_buckets_ends_before_its_end
                a_batch_that_comes_again_adds_nothing
                a_batch_has_a_limit
                old_counts_may_be_forgotten_and_new_ones_never
                writers_add_at_the_same_time
            }
        }
    };
}

/// The laws about settings alone, for what keeps them and is no store.
#[macro_export]
macro_rules! setting_contract {
    ($fresh:ident) => {
        $crate::store_contract! { @laws $fresh
            setting {
                a_setting_is_not_there_at_first
                a_setting_is_what_was_put_last
                a_setting_can_be_taken_away
                a_setting_has_a_longest_value
            }
            allow_list {
                nobody_set_an_allow_list_at_first
                an_allow_list_is_the_one_that_was_set_last
                an_allow_list_of_nobody_is_one
                an_allow_list_is_read_as_others_may_have_written_it
                an_allow_list_has_a_limit
            }
        }
    };
}
