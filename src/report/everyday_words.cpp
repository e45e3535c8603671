#include <algorithm>
#include <array>
#include <cstddef>

#include "report/names.hpp"

namespace parley::report {
namespace {

/// Ordinary words that groups and programs are named with, sorted.
constexpr std::string_view words =
    "able academia academy access accounting activists administration advertising adware aerospace agenda "
    "agent agriculture alarm alien alpha amnesia anchor angel anonymous apocalypse apollo arena army "
    "arrow ash assembly at atlas atom aura automotive autumn avenger aware axiom azure badger bandit bank "
    "banking bart basic basilisk battle beacon bear beast benchmark beta biscuit bitter black blackout "
    "blade blank blast blaze blind blizzard blood blue bolt bomb boss botnet brain brave breach bronze "
    "brother bud bug bull butterfly cactus camera candle captain carbon cardinal cat cell chaos "
    "charitable charm chemical chip circle citadel citizens clean cloak clock cloud cmd cobalt cobra coin "
    "coinminer collection comet command communication communications compass comrade condor construction "
    "consultant consulting cookie copper coral core corona cosmic country coyote craft crane crash "
    "crimson cross crow crown cry crypter crypto cryptocurrency cryptominer crystal cube culture curse "
    "custom customers cyclone cyclops dagger dark data dawn death deep defense delta demo demon desert "
    "desktop destroyer development devil diamond digital diplomacy diplomatic discovery dissidents "
    "district doctor dog dolphin done donut double downloader dragon dream drift drill drone duck dune "
    "dust eagle earth echo eclipse edge education electric electronic elite embargo ember emerald emperor "
    "empire employment encrypt endurance energetic energy engine engineering enigma entertainment "
    "environment epic equation error eruption escape eternal event everest evil evolution execution "
    "exfiltration exodus exotic exploit exploitation explorer explosive express extreme eye fake falcon "
    "fantom final finance financial fire firefly first fish flagpro flame flash flint fog food forest "
    "fortune fox freedom frog frost fury fusion galaxy game gamma gas gateway general ghost giant ginger "
    "glass global globe goblin gold goose gorgon government granite gravity green grep grey ground "
    "guardian guest gun hacked hades halo hammer hand happy harvest havoc hawk health healthcare heart "
    "helix hell hello help hermes hero hidden hive holy honey hook horizon horse hospitality host hotels "
    "house hunt hunter hurricane hydra ice icon igloo impact inception indigo industrial info "
    "infrastructure insane insurance intelligence investment invisible iris iron island it ivory ivy "
    "jackal jade jaguar jasmine jersey jewel joker joy judge jungle jupiter justice karma key keylogger "
    "killer king kitten knight knock lamb lambda lance laser lava lead leaf legal legend legion leopard "
    "lethal leviathan liberty lick light lightning lime lion list little lizard load lock locked locker "
    "loki loop lord lotus love luck luna lynx machete machine magenta magic magma magnet magnum malware "
    "mamba mango mantis manufacturing maple marble maritime marketing mars mask master matrix maze media "
    "meow mercury message metal meteor midnight military mimic miner mining mint mirage mirror mission "
    "mist mobile mole monitor monkey monster moon moonlight mosaic mosquito moth mountain mouse mummy "
    "mystic natural nautilus nebula nemesis neptune net network neutrino news night ninja noble nomad "
    "north nova nuclear nuke oak obsidian ocean odin off oil omega one onion onyx oops open opposition "
    "oracle orange orbit orchid orion osiris other outlaw owl oxide page panda pandora panic panther "
    "paradise patchwork path patriot payload payment peace pearl pegasus penguin pepper persistence "
    "phantom pharmaceutical phishing phoenix photo php ping pink pirate planetary platinum play pluto "
    "poison poker polar police pony portal power predator president prince prism programming project "
    "prometheus prophet protect protected proton proxy pulse puma pump pumpkin punisher puppet purple "
    "pyramid python quantum queen quick rabbit radar rage railway rain rainbow random ransom ransomed "
    "ransomware rapid raven razor reaper rebel reconnaissance red reg release relic remote reptile rescue "
    "restaurant retail revenge rip river robot rock rocket rogue root rootkit rose route royal ruby rush "
    "sabre safe salsa salt samurai sanctions sand sandstorm sapphire satan saturn savage scanner scarab "
    "scarlet scorpion scout scraper scream sea seal secret semiconductor sentinel serpent seven shadow "
    "shark shell shield shipping shrug sigma silence silent silver simple siren six skull sky slug small "
    "smart smoke snake sniffer snow sodium solar soldier solve sonic soul space spark spear specter "
    "sphinx spider spirit sport spring spy squirrel stalker star stealth steel stone storm strider strike "
    "striker strong student sun surprise survey swan swift sword synapse system tango target tasklist "
    "team technology telecommunications telecoms tempest template terminator test thanatos thief thor "
    "thunder tick tiger titan toad token torch tornado tourism tower toxic toy track trade train "
    "transport transportation travel treasure triangle trick trident trinity triton trojan trust tsunami "
    "turbo turtle twist typhoon ultimate ultra umbrella unicorn union unit universe unknown unlock unsafe "
    "update upper ups uranus vampire vault vector vega vendetta venom venus veterinary victory viking "
    "villain violet viper virgo virus vision void volcano voluntary voodoo vortex voyager vulture waiting "
    "wallet war warrior wasp watchdog water wave weasel web werewolf werewolves whirlpool white wild wind "
    "winter wiper wizard wolf wonder world worm wrath xtreme yellow young zebra zen zephyr zero zeta zeus "
    "zinc zion zone zorro ";

constexpr std::size_t count = static_cast<std::size_t>(std::ranges::count(words, ' '));

constexpr auto table = [] {
  std::array<std::string_view, count> out{};
  std::size_t begin = 0;
  for (std::string_view& word : out) {
    const std::size_t end = words.find(' ', begin);
    word = words.substr(begin, end - begin);
    begin = end + 1;
  }
  return out;
}();
static_assert(std::ranges::is_sorted(table));

}  // namespace

bool is_everyday_word(std::string_view folded) {
  return std::ranges::binary_search(table, folded);
}

}  // namespace parley::report
