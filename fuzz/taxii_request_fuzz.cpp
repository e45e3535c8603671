#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "taxii/cursor.hpp"
#include "taxii/query.hpp"
#include "taxii/target.hpp"

// A path and a query of anybody, split at the first "?". What is read is written and read again the same; a
// cursor that was made for a request comes back whole, works for nobody else, and none is ever believed that
// this key did not make.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::taxii;
  const std::string_view text = parley::as_text({data, size});
  const std::size_t mark = text.find('?');
  const std::string_view path = text.substr(0, mark);
  const std::string_view query_text = mark == std::string_view::npos ? "" : text.substr(mark + 1);
  const parley::Bytes key(32, 7);
  const Target collection{Resource::objects, "intel", "", "c", ""};

  const auto target = parse_target(path);
  if (target) {
    PARLEY_ASSERT(target->root.size() <= max_root_bytes && target->object.size() <= max_id_bytes);
    PARLEY_ASSERT(target->object.find('/') == std::string::npos);
    const auto again = parse_target(target_path(*target));
    // Ids may hold what needs an escape in a path; those without come back.
    if (path.find('%') == std::string_view::npos) PARLEY_ASSERT(again && *again == *target);
  }
  const auto query = parse_query(query_text);
  if (!query) return 0;
  PARLEY_ASSERT(!query->limit || *query->limit > 0);
  const auto match = parse_canonical_match(canonical_match(query->match));
  PARLEY_ASSERT(match && *match == query->match);

  const Target& where = target ? *target : collection;
  const CursorScope scope{"caller", &where};
  if (!query->next.empty()) PARLEY_ASSERT(!read_cursor(key, scope, *query));
  const Position position{parley::Timestamp::from_microseconds(static_cast<std::int64_t>(size) * 1'000'003),
                          query->match, query->limit.value_or(0)};
  Query next;
  next.next = make_cursor(key, scope, position);
  if (next.next.size() > max_cursor_bytes) return 0;
  const auto back = read_cursor(key, scope, next);
  PARLEY_ASSERT(back && back->after == position.after && back->match == position.match &&
                back->limit == position.limit);
  PARLEY_ASSERT(!read_cursor(key, {"another", &where}, next));
  return 0;
}
