#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/search.hpp"
#include "state_sqlite/session.hpp"

/// The tables `text_index`, `value_index` and `validity`: what contents of objects say. They follow from the
/// bytes of the contents up to a key (index_marks.hpp), so storing an object writes nothing here, and what is
/// erased is taken back by reading its bytes once more.
namespace parley::state_sqlite {

/// Brings the three on by at most `most` contents; whether there are more.
Result<bool> index_contents(Session& session, std::size_t most);
/// Before a content is erased.
Result<void> forget_content(Session& session, std::int64_t key, std::string_view type, std::string_view raw);
/// Puts one content in that took the place of an erased one, if its key is one that is indexed.
Result<void> index_content(Session& session, std::int64_t key, std::string_view type, std::string_view raw);
/// Takes everything out.
Result<void> forget_contents(Session& session);

Result<std::vector<state::ContentKey>> find_text(Session& session, const std::vector<state::TextTerm>& terms,
                                                 state::ContentKey before, std::size_t limit);
Result<bool> has_text(Session& session, const std::vector<state::TextTerm>& terms, state::ContentKey key);
Result<std::vector<state::ContentKey>> find_saying(Session& session, std::string_view value,
                                                   state::ContentKey after, std::size_t limit);
Result<std::vector<state::Searching::Validity>> list_valid_until(Session& session, Timestamp until,
                                                                 const state::Searching::Validity& after,
                                                                 std::size_t limit);
Result<std::vector<state::ContentKey>> list_newest(Session& session, state::ContentKey before,
                                                   std::size_t limit);
/// Contents that wait.
Result<std::uint64_t> waiting_contents(Session& session);
Result<std::vector<std::string>> dump_indexes(Session& session);

}  // namespace parley::state_sqlite
