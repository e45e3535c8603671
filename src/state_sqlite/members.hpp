#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "state/store.hpp"
#include "state_sqlite/session.hpp"

/// The tables `member` and `collection_end`. What stands in `member.list` tells which lists a member is part
/// of, so that every filter is a merge of lists that hold nothing else:
///
///   1  the first version of its object, among those of its spec version
///   2  the last
///   4  its spec version is the newest of its object
///   8  its spec version is 2.1
namespace parley::state_sqlite {

inline constexpr std::int64_t list_first = 1;
inline constexpr std::int64_t list_last = 2;
inline constexpr std::int64_t list_newest_spec = 4;
inline constexpr std::int64_t list_v21 = 8;
inline constexpr std::int64_t list_end = 16;

/// Whether a filter wants the members of this list; exact versions are not asked here.
bool wants_list(const state::MemberFilter& filter, std::int64_t list);

Result<state::MemberPage> list_members(Session& session, std::string_view collection, Timestamp after,
                                       const state::MemberFilter& filter, std::size_t limit);
Result<std::uint64_t> count_members(Session& session, std::string_view collection);
Result<bool> append_content(Session& session, state::ContentKey key, std::string& out);
Result<std::vector<std::size_t>> append_contents(Session& session, std::span<const state::ContentKey> keys,
                                                 std::string& out, std::size_t max_bytes);

Result<state::MemberCounts> add_members(Session& session, std::string_view collection,
                                        std::span<const state::NewMember> members, Timestamp now);
Result<std::uint64_t> erase_members(Session& session, std::string_view collection, std::string_view id,
                                    const state::MemberFilter& filter);

}  // namespace parley::state_sqlite
