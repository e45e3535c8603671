#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crypto/hash.hpp"
#include "exchange/feed_stretches.hpp"
#include "exchange/gate.hpp"
#include "exchange/remembered.hpp"
#include "exchange/text_scan.hpp"
#include "intel/stix.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"
#include "state/watched.hpp"

namespace parley::exchange {

/// What of a page is wanted.
enum class FeedPart : std::uint8_t { objects, manifest, versions };

struct FeedQuestion {
  std::string collection;
  FeedPart part = FeedPart::objects;
  Timestamp after;
  state::MemberFilter filter;
  std::size_t limit = 0;      ///< objects
  std::size_t max_bytes = 0;  ///< the page ends before it grows beyond, but for its first object
};

/// Elements of a list resource of TAXII.
struct FeedPage {
  std::vector<std::string_view> elements;            ///< JSON
  std::vector<std::shared_ptr<const void>> holders;  ///< of the bytes of the elements
  std::uint64_t objects = 0;
  /// Of the objects as they leave: SHA-256 over the SHA-256 of each. Not set for manifests and versions.
  std::optional<crypto::Hash256> hash;
  std::optional<Timestamp> first;  ///< dates added of what is in it
  std::optional<Timestamp> last;
  bool more = false;
  Timestamp looked_at;  ///< where to go on

  /// The elements with a comma between each two.
  std::string joined() const;
};

/// Most members that one page looks at, and most that it judges anew: where the rules keep most of a
/// collection back a page may hold fewer than asked, and says that there is more.
inline constexpr std::size_t max_feed_looked_at = 50'000;
inline constexpr std::size_t max_feed_judged = 2'000;

/// What of the store decisions were made from: pairs of a touch and a content, 8 bytes each. One that was
/// made from it may be another once it has changed. Of more than `max_entries` the older half is forgotten.
class MadeFrom {
 public:
  explicit MadeFrom(std::size_t max_entries) : half_(max_entries / 2 + 1) {}
  void put(std::int64_t content, const std::vector<state::Touch>& touches);
  /// Takes the contents out that were made from any of these.
  std::vector<std::int64_t> take(std::span<const state::Touch> touched);
  /// Whether something was forgotten since this was asked last: then only of `contents` it is known.
  bool take_forgot() { return std::exchange(forgot_, false); }
  std::vector<std::int64_t> contents() const;
  std::size_t bytes() const { return (young_.capacity() + old_.capacity()) * sizeof(Entry); }

 private:
  struct Entry {
    state::Touch touch;
    std::uint32_t content;
  };
  std::size_t half_;
  bool forgot_ = false;
  std::vector<Entry> young_;
  std::vector<Entry> old_;
};

/// A collection as one caller sees it, over one snapshot of the store under one policy: remembers what the
/// rules said of each content. Whoever keeps one throws it away when the policy has changed, and when the
/// store has, unless `go_on` can tell which decisions were made from what has changed. So a decision holds
/// for (content, caller, policy) and everything that it was made from.
class FeedView {
 public:
  struct Limits {
    std::size_t decisions = 60'000;             ///< blocks of 512 contents that follow each other
    std::size_t bytes = std::size_t{64} << 20;  ///< of stretches; half as much of objects that leave changed
    std::size_t made_from = 0;                  ///< entries of `MadeFrom`; 0: it is not kept
  };

  FeedView(std::shared_ptr<const state::Reader> reader, policy::Policy policy, std::string caller,
           Timestamp now, Timestamp recorded_until, Limits limits);
  FeedView(const FeedView&) = delete;
  FeedView& operator=(const FeedView&) = delete;

  /// Goes on over a later snapshot of the same content.
  void use(std::shared_ptr<const state::Reader> reader, Timestamp now, Timestamp recorded_until);
  /// Reads nothing from now on until one of the two: a snapshot that is kept is a hold on the store's file.
  void let_go();
  /// Goes on over a later snapshot in which this has changed. False when it cannot: throw it away.
  bool go_on(std::shared_ptr<const state::Reader> reader, Timestamp now, Timestamp recorded_until,
             std::span<const state::Touch> touched);

  /// A second question that every object must pass: a push to a peer's collection is a release to the peer.
  void also_ask(policy::Question question) { also_ = std::move(question); }
  /// What the rules say before any object.
  policy::Decision act() const;
  const policy::Question& question() const { return question_; }
  const policy::Policy& policy() const { return policy_; }
  const state::Reader& reader() const { return *reader_; }

  /// Whether a member may be seen, and as what.
  struct Seen {
    bool permit = false;
    bool changed = false;               ///< it leaves otherwise than it is held
    std::optional<std::size_t> recipe;  ///< how, where no more is to it than one of the few usual changes
  };
  Result<Seen> look(const state::Member& member);
  /// Bytes with which `make_bytes` ends early.
  static constexpr std::size_t max_made_bytes = std::size_t{1} << 20;
  /// Puts in the bytes of those `count` items from `first` on that have none, with their hashes: of the first
  /// always, of the others until they are `max_made_bytes` together. An item that may not leave after all,
  /// since it had to be judged anew, stays without.
  Result<void> make_bytes(FeedStretch& stretch, std::size_t first, std::size_t count);
  std::size_t judged() const { return judged_; }
  /// What was looked through before; the bytes of items are put in when somebody wants them.
  FeedStretches& stretches() { return stretches_; }
  /// Of the objects that are remembered, which can be made again.
  std::size_t object_bytes() const { return stretches_.bytes() + leaving_.bytes(); }
  void forget_objects();
  /// Of what decisions were made from.
  std::size_t decision_bytes() const { return made_from_.bytes(); }
  /// The rules that kept a content back, for `explain`; empty for one that may be seen.
  Result<std::vector<policy::Fired>> why(const state::Member& member);

 private:
  /// An object as it leaves, with the SHA-256 of its bytes.
  struct Leaving {
    std::shared_ptr<const std::string> bytes;
    crypto::Hash256 hash{};
  };
  /// A change that many objects leave with: properties taken out, then a marking put in.
  struct Recipe {
    std::vector<std::string> strip;
    std::optional<intel::TlpLevel> marking;
    bool operator==(const Recipe&) const = default;
    void apply(encoding::Json& json) const;
  };
  struct Judged {
    bool permit = false;
    bool changed = false;
    std::string bytes;             ///< that may leave
    std::optional<Recipe> recipe;  ///< of the change, when it is all of it
  };
  Result<Judged> judge(const state::Member& member, std::vector<policy::Fired>& denials);
  /// Its number; nothing when all numbers are taken.
  std::optional<std::size_t> number_of(const Recipe& recipe);
  Leaving remember(std::int64_t content, std::string bytes);
  Result<bool> may_name(const std::string& id);
  Result<policy::Decision> decide(const intel::StixObject& object, const encoding::Json& json, bool with_text,
                                  policy::ObjectFacts& facts);

  /// What judging reads with: `reader_`, its questions noted where they are kept.
  const state::Reader& asked() const { return recording_ ? *recording_ : *reader_; }

  std::shared_ptr<const state::Reader> reader_;
  state::Lookups lookups_;
  std::unique_ptr<state::Reader> recording_;
  policy::Policy policy_;
  policy::Question question_;
  std::optional<policy::Question> also_;
  Limits limits_;
  TextScanner scanner_;
  Verdicts seen_;
  std::vector<Recipe> recipes_;
  Remembered<Leaving> leaving_;  // by content; of what leaves changed
  FeedStretches stretches_;
  MadeFrom made_from_;
  struct Named {
    bool may = false;
    std::vector<state::Touch> made_from;
  };
  std::unordered_map<std::string, Named> named_;  // ids that references may name
  std::size_t judged_ = 0;
};

}  // namespace parley::exchange
