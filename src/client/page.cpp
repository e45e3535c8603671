#include "client/page.hpp"

#include <algorithm>

#include "client/taxii_text.hpp"
#include "crypto/hash.hpp"
#include "encoding/json.hpp"
#include "encoding/json_splitter.hpp"

namespace parley::client {

namespace {

using encoding::Json;

// `next`, `more` and what a bundle has beside its objects.
constexpr std::size_t max_member_bytes = std::size_t{64} * 1024;

std::uint64_t hash_of(std::string_view a, std::string_view b) {
  crypto::Sha256 hash;
  hash.update(a).update(std::string_view("\0", 1)).update(b);
  const crypto::Hash256 whole = hash.finish();
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8 | whole[i];
  return out;
}

std::string_view text_of(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr && value->is_string() ? std::string_view(*value->if_string()) : std::string_view();
}

class PageReader final : public encoding::SplitSink {
 public:
  PageReader(PageKind kind, const PageLimits& limits) : kind_(kind), limits_(limits) {}

  Result<void> item(const encoding::SplitPiece& piece) override {
    ++page.found;
    encoding::JsonLimits limits;
    limits.max_bytes = limits_.object_bytes;
    limits.max_depth = limits_.depth;
    const Result<Json> json = encoding::parse_json(piece.raw, limits);
    if (!json || !json->is_object()) return {};
    const std::string_view id = text_of(*json, "id");
    if (id.empty()) return {};
    std::string_view version = text_of(*json, kind_ == PageKind::manifest ? "version" : "modified");
    if (version.empty() && kind_ == PageKind::objects) version = text_of(*json, "created");
    page.entries.push_back({hash_of(id, ""), hash_of(id, version)});
    if (kind_ == PageKind::objects) return {};
    page.ids.emplace_back(id);
    if (const auto added = parse_written_time(text_of(*json, "date_added")))
      page.newest = std::max(page.newest.value_or(added->time), added->time);
    return {};
  }

  Result<void> member(const encoding::SplitPiece& piece) override {
    if (piece.pointer == "/objects") return fail(ErrorKind::bad_input, "\"objects\" is no list");
    const bool known = piece.pointer == "/more" || piece.pointer == "/next" || piece.pointer == "/type";
    if (!known) return {};
    PARLEY_TRY(const Json value, encoding::parse_json(piece.raw));
    if (piece.pointer == "/more") {
      // Some write it as a text.
      page.more = value == Json(true) || value == Json("true");
    } else if (piece.pointer == "/type") {
      page.is_bundle = value == Json("bundle");
    } else if (value.is_string() || value.is_integer()) {
      page.next = value.is_string() ? *value.if_string() : encoding::write_json(value);
      if (page.next.size() > limits_.next_bytes) return fail(ErrorKind::bad_input, "\"next\" is too long");
    }
    return {};
  }
  Result<void> enter(std::string_view pointer) override {
    if (pointer.empty()) begun_ = true;
    return {};
  }
  Result<void> leave(std::string_view pointer) override {
    if (pointer.empty()) closed = true;
    return {};
  }
  Result<void> defect(const encoding::SplitDefect& defect) override {
    if (defect.is_item) {
      ++page.found;
      return {};
    }
    return fail(ErrorKind::bad_input, defect.why, defect.pointer);
  }
  Result<void> whole(const encoding::SplitPiece& piece) override {
    whole_is_object = piece.raw.starts_with('{');
    return {};
  }

  Page page;
  bool closed = false;
  bool whole_is_object = false;

 private:
  PageKind kind_;
  PageLimits limits_;
  bool begun_ = false;
};

}  // namespace

Result<Page> read_page(std::string_view body, PageKind kind, const PageLimits& limits) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return Page();
  if (body[begin] != '{') return fail(ErrorKind::bad_input, "the page is no TAXII envelope");
  PageReader reader(kind, limits);
  encoding::SplitLimits split;
  split.max_item_bytes = limits.object_bytes;
  split.max_member_bytes = max_member_bytes;
  split.max_depth = limits.depth;
  encoding::JsonSplitter splitter({"/objects/*"}, split, reader);
  PARLEY_CHECK(splitter.feed(as_bytes(body)));
  PARLEY_CHECK(splitter.finish());
  if (!reader.closed) return fail(ErrorKind::bad_input, "the page ends before it is complete");
  // A single object, or an answer of another kind, is no page.
  if (reader.page.found == 0 && body.find("\"objects\"") == std::string_view::npos) {
    PARLEY_TRY(const Json json, encoding::parse_json(body));
    if (!json.is_object()) return fail(ErrorKind::bad_input, "the page is no TAXII envelope");
    for (const char* other : {"http_status", "pattern", "api_roots", "collections", "versions"})
      if (json.contains(other)) return fail(ErrorKind::bad_input, "the page is no TAXII envelope");
  }
  return std::move(reader.page);
}

}  // namespace parley::client
