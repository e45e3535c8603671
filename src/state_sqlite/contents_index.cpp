#include "state_sqlite/contents_index.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ascii.hpp"
#include "crypto/hash.hpp"
#include "state/limits.hpp"
#include "state_sqlite/ids.hpp"
#include "state_sqlite/index_marks.hpp"
#include "state_sqlite/rows.hpp"

namespace parley::state_sqlite {
namespace {

using intel::IndexTerms;

/// Bytes of contents that one call reads at most, so that a few large ones do not make it long.
constexpr std::size_t max_bytes_at_once = 64U << 20U;

/// A secret is not needed: two values with one hash only cost a look at the contents.
std::int64_t hash_of(std::string_view value) {
  const crypto::Hash256 hash = crypto::sha256(as_bytes(value));
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8 | hash[i];
  return static_cast<std::int64_t>(out);
}

struct Posting {
  std::int64_t hash;
  std::int64_t key;
  auto operator<=>(const Posting&) const = default;
};

#define PARLEY_INSERT_POSTING "INSERT OR IGNORE INTO value_index (hash, object) VALUES "

Result<void> insert(Session& session, std::vector<Posting>& postings) {
  std::ranges::sort(postings);
  static const std::string of_group = PARLEY_INSERT_POSTING + row_marks(2);
  std::span<const Posting> rest = postings;
  for (; rest.size() >= rows_at_once; rest = rest.subspan(rows_at_once)) {
    PARLEY_TRY(Lease lease, session.connection->use(of_group.c_str()));
    int at = 0;
    for (const Posting& posting : rest.first(rows_at_once)) {
      lease->bind(++at, posting.hash);
      lease->bind(++at, posting.key);
    }
    PARLEY_CHECK(lease->run());
  }
  for (const Posting& posting : rest) {
    PARLEY_TRY(Lease lease, session.connection->use(PARLEY_INSERT_POSTING "(?,?)"));
    lease->bind(1, posting.hash);
    lease->bind(2, posting.key);
    PARLEY_CHECK(lease->run());
  }
  return {};
}
#undef PARLEY_INSERT_POSTING

Result<void> run_words(Session& session, const char* sql, std::int64_t key, const IndexTerms& terms) {
  PARLEY_TRY(Lease lease, session.connection->use(sql));
  lease->bind(1, key);
  lease->bind(2, std::string_view(terms.names));
  lease->bind(3, std::string_view(terms.body));
  return lease->run();
}

Result<void> put_terms(Session& session, std::int64_t key, const IndexTerms& terms,
                       std::vector<Posting>& postings) {
  if (!terms.names.empty() || !terms.body.empty())
    PARLEY_CHECK(
        run_words(session, "INSERT INTO text_index (rowid, names, body) VALUES (?1, ?2, ?3)", key, terms));
  for (const std::string& value : terms.values) postings.push_back({hash_of(value), key});
  if (!terms.valid_until) return {};
  PARLEY_TRY(Lease valid,
             session.connection->use("INSERT OR IGNORE INTO validity (until, object) VALUES (?1, ?2)"));
  valid->bind(1, terms.valid_until->microseconds());
  valid->bind(2, key);
  return valid->run();
}

/// Whether the tokenizer may see a word in it.
bool has_word(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return is_alnum(c) || !is_ascii(c); });
}

/// In the language of FTS5: strings, in which only the quotation mark is special. Empty when nothing is
/// asked.
Result<std::string> expression(const std::vector<state::TextTerm>& terms) {
  if (terms.size() > state::max_text_terms)
    return fail(ErrorKind::bad_input,
                "more than " + std::to_string(state::max_text_terms) + " words and phrases");
  std::string out;
  for (const state::TextTerm& term : terms) {
    if (term.text.size() > state::max_text_term_bytes)
      return fail(ErrorKind::bad_input,
                  "a word or phrase is longer than " + std::to_string(state::max_text_term_bytes) + " bytes");
    if (!has_word(term.text)) continue;
    if (!out.empty()) out += " AND ";
    out += '"';
    for (const char c : term.text) {
      if (c == '"') out += '"';
      out += c == '\0' ? ' ' : c;
    }
    out += term.prefix ? "\" *" : "\"";
  }
  return out;
}

Result<std::vector<state::ContentKey>> read_keys(const Lease& rows) {
  std::vector<state::ContentKey> out;
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    out.emplace_back(rows->integer(0));
  }
}

std::int64_t at_most(std::size_t limit) {
  return static_cast<std::int64_t>(std::min(limit, state::max_page));
}

std::int64_t before_or_last(state::ContentKey before) {
  return before.value() == 0 ? std::numeric_limits<std::int64_t>::max() : before.value();
}

}  // namespace

Result<bool> index_contents(Session& session, std::size_t most) {
  PARLEY_TRY(const IndexMark mark, read_mark(session, contents_mark));
  PARLEY_TRY(Statement rows, session.connection->prepare(
                                 "SELECT key, id, raw FROM object WHERE key > ?1 ORDER BY key LIMIT ?2"));
  rows.bind(1, mark.value);
  rows.bind(2, static_cast<std::int64_t>(most));
  std::vector<Posting> postings;
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::int64_t last = mark.value;
  while (bytes < max_bytes_at_once) {
    PARLEY_TRY(const bool row, rows.step());
    if (!row) break;
    PARLEY_TRY(const std::string id, id_text(session.names, rows.blob(1)));
    const std::string_view raw = rows.text(2);
    last = rows.integer(0);
    PARLEY_CHECK(put_terms(
        session, last, session.terms().read(std::string_view(id).substr(0, id.find("--")), raw), postings));
    ++count;
    bytes += raw.size();
  }
  if (count == 0) return false;
  PARLEY_CHECK(insert(session, postings));
  PARLEY_CHECK(set_mark(session, contents_mark, last));
  return count == most || bytes >= max_bytes_at_once;
}

Result<void> forget_content(Session& session, std::int64_t key, std::string_view type, std::string_view raw) {
  PARLEY_TRY(const IndexMark mark, read_mark(session, contents_mark));
  if (key > mark.value) return {};
  const IndexTerms terms = session.terms().read(type, raw);
  if (!terms.names.empty() || !terms.body.empty())
    PARLEY_CHECK(run_words(
        session, "INSERT INTO text_index (text_index, rowid, names, body) VALUES ('delete', ?1, ?2, ?3)", key,
        terms));
  for (const std::string& value : terms.values) {
    PARLEY_TRY(Lease erase,
               session.connection->use("DELETE FROM value_index WHERE hash = ?1 AND object = ?2"));
    erase->bind(1, hash_of(value));
    erase->bind(2, key);
    PARLEY_CHECK(erase->run());
  }
  if (!terms.valid_until) return {};
  PARLEY_TRY(Lease erase, session.connection->use("DELETE FROM validity WHERE until = ?1 AND object = ?2"));
  erase->bind(1, terms.valid_until->microseconds());
  erase->bind(2, key);
  return erase->run();
}

Result<void> index_content(Session& session, std::int64_t key, std::string_view type, std::string_view raw) {
  PARLEY_TRY(const IndexMark mark, read_mark(session, contents_mark));
  if (key > mark.value) return {};
  std::vector<Posting> postings;
  PARLEY_CHECK(put_terms(session, key, session.terms().read(type, raw), postings));
  return insert(session, postings);
}

Result<void> forget_contents(Session& session) {
  PARLEY_CHECK(
      session.connection->execute("INSERT INTO text_index (text_index) VALUES ('delete-all');"
                                  "DELETE FROM value_index; DELETE FROM validity"));
  return set_mark(session, contents_mark, 0);
}

Result<std::vector<state::ContentKey>> find_text(Session& session, const std::vector<state::TextTerm>& terms,
                                                 state::ContentKey before, std::size_t limit) {
  PARLEY_TRY(const std::string words, expression(terms));
  if (words.empty()) return list_newest(session, before, limit);
  PARLEY_TRY(Lease rows, session.connection->use("SELECT rowid FROM text_index WHERE text_index MATCH ?1"
                                                 " AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3"));
  rows->bind(1, std::string_view(words));
  rows->bind(2, before_or_last(before));
  rows->bind(3, at_most(limit));
  return read_keys(rows);
}

Result<bool> has_text(Session& session, const std::vector<state::TextTerm>& terms, state::ContentKey key) {
  PARLEY_TRY(const std::string words, expression(terms));
  if (words.empty()) return true;
  PARLEY_TRY(Lease rows,
             session.connection->use("SELECT 1 FROM text_index WHERE text_index MATCH ?1 AND rowid = ?2"));
  rows->bind(1, std::string_view(words));
  rows->bind(2, key.value());
  return rows->step();
}

Result<std::vector<state::ContentKey>> find_saying(Session& session, std::string_view value,
                                                   state::ContentKey after, std::size_t limit) {
  PARLEY_TRY(Lease rows, session.connection->use("SELECT object FROM value_index WHERE hash = ?1"
                                                 " AND object > ?2 ORDER BY object LIMIT ?3"));
  rows->bind(1, hash_of(value));
  rows->bind(2, after.value());
  rows->bind(3, at_most(limit));
  return read_keys(rows);
}

Result<std::vector<state::Searching::Validity>> list_valid_until(Session& session, Timestamp until,
                                                                 const state::Searching::Validity& after,
                                                                 std::size_t limit) {
  PARLEY_TRY(Lease rows, session.connection->use("SELECT until, object FROM validity WHERE until <= ?1"
                                                 " AND (until, object) > (?2, ?3) ORDER BY until, object"
                                                 " LIMIT ?4"));
  rows->bind(1, until.microseconds());
  rows->bind(2, after.until.microseconds());
  rows->bind(3, after.content.value());
  rows->bind(4, at_most(limit));
  std::vector<state::Searching::Validity> out;
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    out.push_back({Timestamp::from_microseconds(rows->integer(0)), state::ContentKey(rows->integer(1))});
  }
}

Result<std::vector<state::ContentKey>> list_newest(Session& session, state::ContentKey before,
                                                   std::size_t limit) {
  PARLEY_TRY(Lease rows,
             session.connection->use("SELECT key FROM object WHERE key < ?1 ORDER BY key DESC LIMIT ?2"));
  rows->bind(1, before_or_last(before));
  rows->bind(2, at_most(limit));
  return read_keys(rows);
}

Result<std::uint64_t> waiting_contents(Session& session) {
  PARLEY_TRY(const IndexMark mark, read_mark(session, contents_mark));
  PARLEY_TRY(Lease last, session.connection->use("SELECT max(key) FROM object"));
  PARLEY_TRY(const bool row, last->step());
  return row ? static_cast<std::uint64_t>(std::max<std::int64_t>(last->integer(0) - mark.value, 0)) : 0;
}

Result<std::vector<std::string>> dump_indexes(Session& session) {
  std::vector<std::string> out;
  const auto take = [&](const char* sql) -> Result<void> {
    PARLEY_TRY(Statement rows, session.connection->prepare(sql));
    for (;;) {
      PARLEY_TRY(const bool row, rows.step());
      if (!row) return {};
      out.emplace_back(rows.text(0));
    }
  };
  PARLEY_CHECK(take("SELECT format('word %d %s %d %s', doc, col, \"offset\", term) FROM text_words"));
  PARLEY_CHECK(take("SELECT format('value %d %d', hash, object) FROM value_index"));
  PARLEY_CHECK(take("SELECT format('place %d %s %s', type, hex(place), hex(value)) FROM place_index"));
  PARLEY_CHECK(take("SELECT format('valid %d %d', until, object) FROM validity"));
  std::ranges::sort(out);
  return out;
}

}  // namespace parley::state_sqlite
