#include "review/known_names.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "state/store.hpp"

namespace parley::review {
namespace {

using encoding::Json;

constexpr std::string_view heads = "knowledge";
constexpr std::string_view pages = "knowledge-page";
constexpr std::string_view changes = "knowledge/changes";
/// Of one page's text, well below what a document may hold.
constexpr std::size_t page_bytes = 4U << 20U;
constexpr std::size_t max_name_bytes = 200;

/// Cuts an array into documents "NAME/part/0000".
class Pages {
 public:
  Pages(state::Transaction& transaction, std::string name, std::string part)
      : transaction_(transaction), name_(std::move(name)), part_(std::move(part)) {}

  Result<void> add(const Json& one) {
    const std::string text = encoding::write_json(one);
    if (!text_.empty() && text_.size() + text.size() > page_bytes) PARLEY_CHECK(flush());
    text_ += text_.empty() ? "[" : ",";
    text_ += text;
    return {};
  }
  Result<void> flush() {
    if (text_.empty()) return {};
    text_ += "]";
    const std::string digits = std::to_string(10'000 + number_++).substr(1);
    const std::string id = name_ + "/" + part_ + "/" + digits;
    const auto put = transaction_.put_document({pages, id}, as_bytes(text_), state::DocumentVersion(0));
    if (!put) return std::unexpected<Error>(put.error());
    text_.clear();
    return {};
  }

 private:
  state::Transaction& transaction_;
  std::string name_;
  std::string part_;
  std::string text_;
  std::size_t number_ = 0;
};

Result<void> erase_pages(state::Transaction& transaction, std::string_view name) {
  const std::string prefix = std::string(name) + "/";
  for (;;) {
    PARLEY_TRY(const std::vector<state::Document> found, transaction.list_documents(pages, prefix, 16));
    bool any = false;
    for (const state::Document& one : found) {
      if (!one.id.starts_with(prefix)) break;
      PARLEY_CHECK(transaction.erase_document({pages, one.id}));
      any = true;
    }
    if (!any) return {};
  }
}

Result<void> read_page(std::string_view part, const Json::Array& list, KnownNames& out) {
  for (const Json& one : list) {
    if (part == "things") {
      PARLEY_TRY(report::KnownThing thing, report::KnownThing::from_json(one));
      out.things.push_back(std::move(thing));
      continue;
    }
    PARLEY_TRY(std::string key, one.string_member("key"));
    PARLEY_TRY(std::string text, one.string_member("text"));
    (part == "tags" ? out.tags : out.definitions).emplace(std::move(key), std::move(text));
  }
  return {};
}

}  // namespace

Result<void> put_knowledge(state::Store& store, std::string_view name, const report::Knowledge& knowledge) {
  if (name.empty() || name.size() > max_name_bytes || name.find('/') != std::string_view::npos)
    return fail(ErrorKind::bad_input, "a name of knowledge has 1 to 200 bytes and no slash");
  return state::write(store, state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
    PARLEY_CHECK(erase_pages(transaction, name));
    PARLEY_TRY(const auto head, transaction.get_document({heads, name}));
    Pages things(transaction, std::string(name), "things");
    for (const report::KnownThing& thing : knowledge.things) PARLEY_CHECK(things.add(thing.to_json()));
    PARLEY_CHECK(things.flush());
    for (const auto& [part, list] :
         {std::pair{"tags", &knowledge.tags}, {"definitions", &knowledge.definitions}}) {
      Pages out(transaction, std::string(name), part);
      for (const auto& [key, text] : *list)
        PARLEY_CHECK(out.add(Json::object({{"key", key}, {"text", text}})));
      PARLEY_CHECK(out.flush());
    }
    const std::string body = encoding::write_json(
        Json::object({{"things", knowledge.things.size()}, {"tags", knowledge.tags.size()}}));
    PARLEY_CHECK(transaction.put_document({heads, name}, as_bytes(body),
                                          head ? head->version : state::DocumentVersion(0)));
    PARLEY_CHECK(transaction.add_counter(changes, 1));
    return {};
  });
}

Result<bool> erase_knowledge(state::Store& store, std::string_view name) {
  bool erased = false;
  PARLEY_CHECK(
      state::write(store, state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
        PARLEY_TRY(erased, transaction.erase_document({heads, name}));
        if (!erased) return {};
        PARLEY_CHECK(erase_pages(transaction, name));
        PARLEY_CHECK(transaction.add_counter(changes, 1));
        return {};
      }));
  return erased;
}

Result<Json> list_knowledge(const state::Reader& reader) {
  Json out = Json::array();
  std::string after;
  for (;;) {
    PARLEY_TRY(const std::vector<state::Document> found, reader.list_documents(heads, after, 1'000));
    for (const state::Document& one : found) {
      PARLEY_TRY(const Json head, encoding::parse_json(as_text(one.body)));
      Json entry = Json::object({{"name", one.id}});
      for (const char* key : {"things", "tags"})
        if (const Json* const count = head.find(key)) entry.set(key, *count);
      out.push_back(std::move(entry));
      after = one.id;
    }
    if (found.size() < 1'000) return out;
  }
}

std::int64_t knowledge_version(const state::Reader& reader) {
  return reader.counter(changes).value_or(0);
}

Result<KnownNames> load_knowledge(const state::Reader& reader) {
  KnownNames out;
  out.version = knowledge_version(reader);
  std::string after;
  for (;;) {
    PARLEY_TRY(const std::vector<state::Document> found, reader.list_documents(pages, after, 8));
    for (const state::Document& one : found) {
      after = one.id;
      const std::size_t last = one.id.rfind('/');
      const std::size_t part = one.id.rfind('/', last - 1);
      if (last == std::string::npos || part == std::string::npos) continue;
      PARLEY_TRY(const Json list, encoding::parse_json(as_text(one.body)));
      if (list.is_array())
        PARLEY_CHECK(read_page(one.id.substr(part + 1, last - part - 1), *list.if_array(), out));
    }
    if (found.size() < 8) break;
  }
  out.matcher.emplace(out.things);
  return out;
}

std::optional<std::string> tag_meaning(const KnownNames& known, std::string_view tag) {
  if (const auto exact = known.tags.find(tag); exact != known.tags.end()) return exact->second;
  for (const auto& [name, text] : known.tags)
    if (equal_ignoring_case(name, tag)) return text;
  return std::nullopt;
}

}  // namespace parley::review
