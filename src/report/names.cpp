#include "report/names.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/ascii.hpp"
#include "report/fold.hpp"

namespace parley::report {
namespace {

constexpr std::uint32_t none = 0xFFFFFFFF;
constexpr std::size_t max_words_of_name = 12;
/// Of the letters of a name that may be recognised by its sound alone.
constexpr std::size_t min_sound = 6;
constexpr std::size_t sure_sound = 8;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// What languages call a group, folded: one word as far as names go, so that "Gamaredon Group",
/// "Gamaredon-Gruppe" and "группа Gamaredon" meet.
constexpr std::array group_words = std::to_array<std::string_view>(
    {"group", "banda", "bande", "gang", "groep", "groupe", "grupa", "grupo", "gruppa", "gruppe", "gruppen",
     "gruppierung", "gruppirovka", "gruppirovki", "gruppirovkoi", "gruppo", "gruppoi", "gruppu", "gruppy"});

/// A trie whose edges are words.
class WordTrie {
 public:
  explicit WordTrie(bool sounds) : names_(1) {
    for (const std::string_view word : group_words)
      words_.try_emplace(sounds ? sound_of(word) : std::string(word), 0);
  }

  void add(const std::vector<std::string>& words, std::uint32_t name) {
    std::uint32_t node = 0;
    for (const std::string& word : words) {
      const auto [id, fresh] = words_.try_emplace(word, static_cast<std::uint32_t>(words_.size()));
      const auto [edge, made] =
          edges_.try_emplace(key(node, id->second), static_cast<std::uint32_t>(names_.size()));
      if (made) names_.emplace_back();
      node = edge->second;
    }
    std::vector<std::uint32_t>& here = names_[node];
    if (std::ranges::find(here, name) == here.end()) here.push_back(name);
  }

  std::uint32_t word(std::string_view text) const {
    const auto found = words_.find(text);
    return found == words_.end() ? none : found->second;
  }
  std::uint32_t step(std::uint32_t node, std::uint32_t word) const {
    const auto found = edges_.find(key(node, word));
    return found == edges_.end() ? none : found->second;
  }
  /// The names that end at a node.
  const std::vector<std::uint32_t>& at(std::uint32_t node) const { return names_[node]; }

 private:
  static std::uint64_t key(std::uint32_t node, std::uint32_t word) {
    return std::uint64_t{node} << 32 | word;
  }

  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> words_;
  std::unordered_map<std::uint64_t, std::uint32_t> edges_;
  std::vector<std::vector<std::uint32_t>> names_;
};

/// Words beside a name that say that a name is meant.
constexpr std::array telling = std::to_array<std::string_view>(
    {"actor", "actors", "adversary", "affiliate", "affiliates", "aka", "alias", "apt", "backdoor", "botnet",
     "campaign", "called", "cluster", "cybercrime", "dubbed", "dropper", "family", "gang", "group", "groups",
     "implant", "infostealer", "known", "loader", "malware", "named", "operator", "operators", "payload",
     "ransomware", "rat", "rootkit", "spyware", "stealer", "team", "threat", "tracked", "trojan", "variant",
     "wiper", "worm",
     // German, French, Spanish, Italian and Russian, folded
     "akteur", "akteure", "angreifer", "attaquants", "bedrohungsakteur", "campagne", "campana", "famille",
     "kampagne", "kampanii", "kampaniya", "logiciel", "maliciel", "rancongiciel", "schadprogramm",
     "schadsoftware", "shifrovalshchik", "troyan", "trojaner", "vredonos", "vymogatel"});
constexpr std::array sector_words = std::to_array<std::string_view>(
    {"sector", "sectors", "industry", "industries", "organisation", "organisations", "organization",
     "organizations", "companies", "company", "firms", "institutions", "entities", "providers", "agencies",
     "branch", "verticals"});

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

/// "FancyBear2" -> fancy, bear, 2: where a word changes from small to capital or between letters and digits.
std::vector<std::string> split_at_changes(std::string_view name) {
  std::string spaced;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool change = i > 0 && ((is_upper(name[i]) && is_alpha(name[i - 1]) && !is_upper(name[i - 1])) ||
                                  (is_digit(name[i]) && is_alpha(name[i - 1])) ||
                                  (is_alpha(name[i]) && is_digit(name[i - 1])));
    if (change) spaced.push_back(' ');
    spaced.push_back(name[i]);
  }
  const FoldedText folded = fold_words(spaced);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < folded.words.size(); ++i) out.emplace_back(folded.word(i));
  return out;
}

bool is_technique_id(std::string_view word) {
  return word.size() == 5 && std::string_view("TGSMC").find(word[0]) != std::string_view::npos &&
         std::ranges::all_of(word.substr(1), is_digit);
}

}  // namespace

std::string_view name_hold_name(NameHold hold) {
  switch (hold) {
    case NameHold::none:
      return "none";
    case NameHold::everyday:
      return "everyday_word";
    case NameHold::lower_case:
      return "lower_case";
    case NameHold::ambiguous:
      return "ambiguous";
    case NameHold::spelling:
      return "spelling";
  }
  return "none";
}

std::string_view name_hold_text(NameHold hold) {
  switch (hold) {
    case NameHold::none:
      return "";
    case NameHold::everyday:
      return "also an ordinary word, and nothing beside it says that the name is meant";
    case NameHold::lower_case:
      return "written small, as an ordinary word is";
    case NameHold::ambiguous:
      return "several things have this name";
    case NameHold::spelling:
      return "a short name in another spelling";
  }
  return "";
}

struct NameMatcher::Index {
  /// One spelling of a thing's name.
  struct Name {
    std::uint32_t thing = 0;
    bool everyday = false;    // may be an ordinary word
    bool short_name = false;  // compared letter by letter, case included
    bool cyrillic = false;
    bool stem = false;  // the name without the word "group"
    std::string spelling;
  };
  std::vector<Name> names;
  WordTrie exact{false};
  WordTrie sound{true};
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> ids;
  std::vector<NameKind> kinds;
  std::vector<std::uint32_t> rank;                  // of things of one name, the lower comes first
  std::vector<std::string> first_names;             // folded, of each thing
  std::vector<std::vector<std::string>> all_names;  // folded and sorted, of each thing

  void add(std::span<const KnownThing> things, std::size_t thing, std::string_view name);
  bool same(std::uint32_t a, std::uint32_t b) const;
  NameHit hit(const FoldedText& text, std::string_view original, std::size_t first, std::size_t last,
              const std::vector<std::uint32_t>& found, bool by_sound) const;
  std::optional<NameHit> id_at(const FoldedText& text, std::string_view original, std::size_t& word) const;
};

void NameMatcher::Index::add(std::span<const KnownThing> things, std::size_t thing, std::string_view name) {
  const FoldedText folded = fold_words(name);
  if (folded.words.empty() || folded.words.size() > max_words_of_name || folded.folded.size() < 2) return;
  if (std::ranges::none_of(folded.folded, [](char c) { return !is_digit(c); })) return;
  std::vector<std::string> words;
  bool cyrillic = false;
  for (std::size_t i = 0; i < folded.words.size(); ++i) {
    words.emplace_back(folded.word(i));
    cyrillic = cyrillic || folded.words[i].cyrillic;
  }
  const bool letters = std::ranges::all_of(folded.folded, [](char c) { return is_alpha(c); });
  Name one;
  one.thing = static_cast<std::uint32_t>(thing);
  one.cyrillic = cyrillic;
  one.spelling = std::string(name);
  const NameKind kind = things[thing].kind;
  one.everyday = words.size() == 1 && letters && (is_everyday_word(words[0]) || kind == NameKind::technique);
  one.short_name = words.size() == 1 && letters && folded.folded.size() <= 4 && kind != NameKind::country;
  // "Gamaredon" for "Gamaredon Group": a guess, for there are groups called Equation and Silence.
  constexpr std::size_t shortest_stem = 6;
  if (words.size() == 2 && is_in(group_words, words[1]) && words[0].size() >= shortest_stem &&
      std::ranges::all_of(words[0], is_alpha)) {
    Name stem = one;
    stem.everyday = stem.stem = true;
    exact.add({words[0]}, static_cast<std::uint32_t>(names.size()));
    names.push_back(std::move(stem));
  }
  const auto number = static_cast<std::uint32_t>(names.size());
  names.push_back(std::move(one));
  exact.add(words, number);
  const std::vector<std::string> split = split_at_changes(name);
  if (split != words && split.size() <= max_words_of_name) exact.add(split, number);
  // "Fancy Bear" is also written FancyBear.
  if (words.size() > 1 && folded.folded.size() >= 7) exact.add({folded.folded}, number);
  if (!std::ranges::all_of(folded.folded, [](char c) { return is_alpha(c); })) return;
  std::vector<std::string> sounds;
  std::size_t size = 0;
  for (const std::string& word : words) {
    sounds.push_back(sound_of(word));
    size += sounds.back().size();
  }
  if (size >= min_sound) sound.add(sounds, number);
}

/// Whether two things that share a name are one: each knows the other's name.
bool NameMatcher::Index::same(std::uint32_t a, std::uint32_t b) const {
  const auto group = [&](std::uint32_t thing) {
    return kinds[thing] == NameKind::tool ? NameKind::malware : kinds[thing];
  };
  return group(a) == group(b) && (std::ranges::binary_search(all_names[a], first_names[b]) ||
                                  std::ranges::binary_search(all_names[b], first_names[a]));
}

NameMatcher::NameMatcher(std::span<const KnownThing> things) : index_(std::make_unique<Index>()) {
  Index& index = *index_;
  for (std::size_t i = 0; i < things.size(); ++i) {
    const KnownThing& thing = things[i];
    index.kinds.push_back(thing.kind);
    index.rank.push_back((thing.object.empty() ? 2U : 0U) + (thing.external_id.empty() ? 1U : 0U));
    if (!thing.external_id.empty()) {
      const auto [known, fresh] = index.ids.try_emplace(thing.external_id, static_cast<std::uint32_t>(i));
      if (!fresh && index.rank[known->second] > index.rank[i]) known->second = static_cast<std::uint32_t>(i);
    }
    std::vector<std::string> all{fold_name(thing.name)};
    index.add(things, i, thing.name);
    for (const std::string& alias : thing.aliases) {
      index.add(things, i, alias);
      all.push_back(fold_name(alias));
    }
    index.first_names.push_back(all.front());
    std::ranges::sort(all);
    index.all_names.push_back(std::move(all));
  }
}
NameMatcher::~NameMatcher() = default;
NameMatcher::NameMatcher(NameMatcher&&) noexcept = default;
NameMatcher& NameMatcher::operator=(NameMatcher&&) noexcept = default;

std::size_t NameMatcher::names() const {
  return index_->names.size();
}

/// T1059, T1059.001, G0007, S0154, also TA0001 as two words would be none: known ids alone.
std::optional<NameHit> NameMatcher::Index::id_at(const FoldedText& text, std::string_view original,
                                                 std::size_t& word) const {
  const Word& at = text.words[word];
  const std::string_view written = original.substr(at.begin, at.end - at.begin);
  if (!is_technique_id(written)) return std::nullopt;
  NameHit hit;
  hit.begin = at.begin;
  if (word + 1 < text.words.size()) {
    const Word& next = text.words[word + 1];
    if (next.end - next.begin == 3 && next.begin == at.end + 1 && original[at.end] == '.') {
      if (const auto sub = ids.find(original.substr(at.begin, next.end - at.begin)); sub != ids.end()) {
        hit.thing = sub->second;
        hit.end = next.end;
        ++word;
        return hit;
      }
    }
  }
  const auto known = ids.find(written);
  if (known == ids.end()) return std::nullopt;
  hit.thing = known->second;
  hit.end = at.end;
  return hit;
}

NameHit NameMatcher::Index::hit(const FoldedText& text, std::string_view original, std::size_t first,
                                std::size_t last, const std::vector<std::uint32_t>& all,
                                bool by_sound) const {
  // What is called so counts before what may be called so.
  std::vector<std::uint32_t> found;
  for (const std::uint32_t name : all)
    if (!names[name].stem) found.push_back(name);
  if (found.empty()) found = all;
  NameHit hit;
  hit.begin = text.words[first].begin;
  hit.end = text.words[last].end;
  std::vector<std::uint32_t> things;
  for (const std::uint32_t name : found)
    if (std::ranges::find(things, names[name].thing) == things.end()) things.push_back(names[name].thing);
  std::ranges::sort(things, {}, [&](std::uint32_t thing) { return std::pair(rank[thing], thing); });
  hit.thing = things.front();
  bool one_thing = true;
  for (std::size_t i = 1; i < things.size(); ++i) {
    hit.also.push_back(things[i]);
    one_thing = one_thing && same(things.front(), things[i]);
  }
  const std::string_view written = original.substr(hit.begin, hit.end - hit.begin);
  const auto beside = [&](const auto& list) {
    return (first > 0 && is_in(list, text.word(first - 1))) ||
           (last + 1 < text.words.size() && is_in(list, text.word(last + 1)));
  };
  const bool told = beside(telling) || beside(group_words);
  const bool everyday = std::ranges::any_of(found, [&](std::uint32_t name) { return names[name].everyday; });
  const bool short_name = std::ranges::all_of(
      found, [&](std::uint32_t name) { return names[name].short_name && names[name].spelling != written; });
  if (kinds[hit.thing] == NameKind::sector) {
    if (!beside(sector_words)) hit.hold = NameHold::everyday;
  } else if (short_name || (everyday && !(told && text.words[first].capital))) {
    hit.hold = NameHold::everyday;
  } else if (first == last && !text.words[first].capital && !told &&
             std::ranges::all_of(written, [](char c) { return is_alpha(c); }) &&
             std::ranges::none_of(found,
                                  [&](std::uint32_t name) { return names[name].spelling == written; })) {
    hit.hold = NameHold::lower_case;
  } else if (!one_thing) {
    hit.hold = NameHold::ambiguous;
  } else if (by_sound) {
    std::size_t size = 0;
    bool cyrillic = std::ranges::any_of(found, [&](std::uint32_t name) { return names[name].cyrillic; });
    for (std::size_t i = first; i <= last; ++i) {
      size += sound_of(text.word(i)).size();
      cyrillic = cyrillic || text.words[i].cyrillic;
    }
    if (!cyrillic && size < sure_sound) hit.hold = NameHold::spelling;
  }
  return hit;
}

std::vector<NameHit> NameMatcher::find(std::string_view text, std::span<const TextRange> skip) const {
  const Index& index = *index_;
  std::vector<NameHit> hits;
  if (index.names.empty()) return hits;
  const FoldedText folded = fold_words(text);
  /// Whether what stands between two words of a name may stand there.
  const auto joined = [&](std::size_t i) {
    const std::string_view gap =
        text.substr(folded.words[i].end, folded.words[i + 1].begin - folded.words[i].end);
    if (gap.empty()) return true;  // ideographs
    if (gap.size() > 4) return false;
    return std::ranges::all_of(gap,
                               [](char c) {
                                 return is_space(c) || c == '-' || c == '_' || c == '\'' || c == '/' ||
                                        c == '.' || c == '&' || !is_ascii(c);
                               }) &&
           (gap.size() == 1 || gap.find('.') == std::string_view::npos) &&
           gap.find("\n\n") == std::string_view::npos;
  };
  std::size_t next_skip = 0;
  for (std::size_t i = 0; i < folded.words.size(); ++i) {
    const Word& word = folded.words[i];
    while (next_skip < skip.size() && skip[next_skip].end <= word.begin) ++next_skip;
    if (next_skip < skip.size() && skip[next_skip].begin <= word.begin) continue;
    const std::size_t limit = next_skip < skip.size() ? skip[next_skip].begin : text.size();
    if (word.capital && word.end - word.begin == 5) {
      std::size_t last = i;
      if (auto id = index.id_at(folded, text, last)) {
        hits.push_back(*std::move(id));
        i = last;
        continue;
      }
    }
    const std::vector<std::uint32_t>* best = nullptr;
    std::size_t best_last = i;
    const auto walk = [&](const WordTrie& trie, bool sounds) {
      std::uint32_t node = 0;
      for (std::size_t at = i; at < folded.words.size() && folded.words[at].end <= limit; ++at) {
        const std::uint32_t id = sounds ? trie.word(sound_of(folded.word(at))) : trie.word(folded.word(at));
        if (id == none) return;
        node = trie.step(node, id);
        if (node == none) return;
        if (!trie.at(node).empty() && (best == nullptr || at > best_last)) {
          best = &trie.at(node);
          best_last = at;
        }
        if (at + 1 < folded.words.size() && !joined(at)) return;
      }
    };
    walk(index.exact, false);
    bool by_sound = false;
    if (best == nullptr && (word.cyrillic || (word.capital && word.end - word.begin >= 4))) {
      walk(index.sound, true);
      by_sound = best != nullptr;
    }
    if (best == nullptr) continue;
    NameHit hit = index.hit(folded, text, i, best_last, *best, by_sound);
    // The stem of a name in small letters is a word like any other.
    if (!word.capital && hit.hold == NameHold::everyday && i == best_last &&
        std::ranges::all_of(*best, [&](std::uint32_t name) { return index.names[name].stem; }))
      continue;
    // Two letters in another case are a word of every sentence: "It" is no IT.
    if (hit.hold == NameHold::everyday && hit.end - hit.begin <= 2) continue;
    hits.push_back(std::move(hit));
    i = best_last;
  }
  return hits;
}

}  // namespace parley::report
