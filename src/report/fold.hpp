#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::report {

/// One word of a text: a run of letters and digits of any script; an ideograph or a kana is a word of its
/// own.
struct Word {
  std::uint32_t begin = 0;  ///< bytes [begin, end) of the text
  std::uint32_t end = 0;
  std::uint32_t folded_begin = 0;  ///< and of `FoldedText::folded`
  std::uint32_t folded_end = 0;
  bool capital = false;   ///< begins with a capital letter
  bool cyrillic = false;  ///< has a Cyrillic letter
};

/// A text as it is compared: lower case, without diacritics, Cyrillic letters in Latin ones (Щербаков becomes
/// shcherbakov), compatibility forms undone. Words keep where they stand in the text.
struct FoldedText {
  std::string folded;  ///< the words, nothing between them
  std::vector<Word> words;
  std::string_view word(std::size_t i) const {
    return std::string_view(folded).substr(words[i].folded_begin,
                                           words[i].folded_end - words[i].folded_begin);
  }
};

/// Bytes that are no UTF-8 end a word. Linear; 20 bytes of memory a word. At most 4 GiB of text.
FoldedText fold_words(std::string_view text);

/// The words of a name, folded, joined by one blank: "Fancy  Bear" and "fancy-bear" give the same.
std::string fold_name(std::string_view name);

/// One spelling for all the ways in which a Slavic name is written in Latin letters: Shcherbakov, Scherbakow,
/// Schtscherbakow, Szczerbakow and Chtcherbakoff give the same. `folded` is one folded word. Only for
/// comparing.
std::string sound_of(std::string_view folded);

}  // namespace parley::report
