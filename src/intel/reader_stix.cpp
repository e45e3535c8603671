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

  /// Lets the oldest go with what is known by now.
  Result<void> release(std::string_view reason) {
    const WaitingItem waiting = waiting_.pop();
    Result<StixObject> read = reader_.read(waiting.raw);
    if (!read)
      return fail(ErrorKind::internal, "an object that was read cannot be read again", waiting.pointer);
    if (!resolve_marking(*read, *this))
      warn(read->warnings,
           std::string(reason) + " " + read->unresolved_markings.front() + ": the object never leaves");
    return pass(waiting.pointer, waiting.offset, std::move(*read));
  }

  Result<void> pass(std::string_view pointer, std::uint64_t offset, StixObject&& object) {
    ImportItem item;
    item.where = json_where(pointer, offset);
    item.offset = offset;
    item.first_seen = object.first_seen;
    item.last_seen = object.last_seen;
    item.content = std::move(object);
    return sink_.take(std::move(item));
  }

  Result<void> item(const SplitPiece& piece) override {
    Result<StixObject> read = reader_.read(piece.raw);
    if (!read)
      return sink_.take(make_reject(json_where(piece.pointer + read.error().where, piece.offset),
                                    piece.offset, read.error().message));
    if (read->defines && defined_.size() < max_definitions) define(read->id, *read->defines);
    if (read->unresolved_markings.empty() || resolve_marking(*read, *this))
      return pass(piece.pointer, piece.offset, std::move(*read));
    waiting_.push(WaitingItem{.pointer = piece.pointer,
                              .offset = piece.offset,
                              .raw = std::string(piece.raw),
                              .object_id = {},
                              .ready = nullptr});
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
