#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "encoding/json_splitter.hpp"
#include "intel/observable_path.hpp"
#include "intel/reader_inputs.hpp"
#include "intel/waiting_room.hpp"

namespace parley::intel {
namespace {

using encoding::SplitDefect;
using encoding::SplitPiece;

/// Definitions of one file are few; a file that brings more is not served better by remembering them.
constexpr std::size_t max_definitions = 100'000;

/// Bundles, TAXII envelopes, bare lists and single objects.
class StixInput final : public Input, private encoding::SplitSink, private MarkingLookup {
 public:
  StixInput(const ItemReader::Options& options, ItemSink& sink)
      : known_(options.known),
        sink_(sink),
        reader_(
            StixLimits{.max_bytes = options.limits.max_object_bytes, .max_depth = options.limits.max_depth}),
        waiting_(options.limits.max_waiting_bytes),
        splitter_({"/objects/*", "/*"},
                  encoding::SplitLimits{.max_item_bytes = options.limits.max_object_bytes,
                                        .max_member_bytes = options.limits.max_member_bytes,
                                        .max_depth = options.limits.max_depth},
                  *this) {}

  Result<void> feed(std::string_view chunk) override { return splitter_.feed(as_bytes(chunk)); }

  Result<void> finish() override {
    PARLEY_CHECK(splitter_.finish());
    while (!waiting_.empty()) PARLEY_CHECK(release("no marking-definition came for"));
    return {};
  }

 private:
  /// What a marking id means: a definition of this file and one from before, the strictest of both.
  std::optional<Marking> find(std::string_view id) const override {
    std::optional<Marking> meaning;
    if (const auto entry = defined_.find(std::string(id)); entry != defined_.end()) meaning = entry->second;
    if (known_ != nullptr)
      if (const std::optional<Marking> before = known_->find(id))
        meaning = meaning ? strictest(*meaning, *before) : *before;
    return meaning;
  }

  Result<void> release(std::string_view reason) {
    ImportItem item = waiting_.pop();
    auto& object = std::get<StixObject>(item.content);
    if (!resolve_marking(object, *this))
      warn(object.warnings,
           std::string(reason) + " " + object.unresolved_markings.front() + ": the object never leaves");
    return sink_.take(std::move(item));
  }

  Result<void> item(const SplitPiece& piece) override {
    Result<StixObject> read = reader_.read(piece.raw);
    if (!read)
      return sink_.take(make_reject(json_where(piece.pointer + read.error().where, piece.offset),
                                    piece.offset, read.error().message));
    ImportItem item;
    item.where = json_where(piece.pointer, piece.offset);
    item.offset = piece.offset;
    item.first_seen = read->first_seen;
    item.last_seen = read->last_seen;
    if (read->defines && defined_.size() < max_definitions) define(read->id, *read->defines);
    const bool wait = !read->unresolved_markings.empty() && !resolve_marking(*read, *this);
    item.content = std::move(*read);
    if (!wait) return sink_.take(std::move(item));
    waiting_.push(std::move(item));
    while (waiting_.is_over())
      PARLEY_CHECK(release("within the room that there is, no marking-definition came for"));
    return {};
  }

  void define(const std::string& id, const Marking& meaning) {
    const auto [entry, is_new] = defined_.emplace(id, meaning);
    if (!is_new) entry->second = strictest(entry->second, meaning);
  }

  Result<void> member(const SplitPiece& piece) override {
    // "objects" that is no list holds nothing that could be read.
    if (piece.pointer == "/objects")
      return sink_.take(
          make_reject(json_where(piece.pointer, piece.offset), piece.offset, "objects is no list"));
    return {};
  }
  Result<void> enter(std::string_view) override { return {}; }
  Result<void> leave(std::string_view) override { return {}; }
  Result<void> defect(const SplitDefect& defect) override {
    return sink_.take(make_reject(json_where(defect.pointer, defect.offset), defect.offset, defect.why));
  }

  /// No list of objects: one object, or a bundle without any.
  Result<void> whole(const SplitPiece& piece) override {
    Result<StixObject> read = reader_.read(piece.raw);
    if (read && read->type == "bundle") return {};
    return item(piece);
  }

  const MarkingLookup* known_;
  ItemSink& sink_;
  StixReader reader_;
  std::unordered_map<std::string, Marking> defined_;
  WaitingRoom waiting_;
  encoding::JsonSplitter splitter_;
};

}  // namespace

std::unique_ptr<Input> make_stix_input(const ItemReader::Options& options, ItemSink& sink) {
  return std::make_unique<StixInput>(options, sink);
}

}  // namespace parley::intel
